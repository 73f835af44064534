import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2'
import { fault } from '../../errors.ts'
import type { TargetConfig } from '../../model.ts'
import { readGiven } from '../../trust/given-file.ts'
import { reasonOf } from '../../trust/reason.ts'
import { secretFor } from '../secret.ts'
import type { Keyring } from '../target.ts'
import type { Login } from './server.ts'

/** As ssh-keygen names them. */
const DEFAULTS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Milliseconds: an agent answers from memory. */
const AGENT_PATIENCE = 5_000

/** Messages of the agent's protocol: their length in four bytes, their type, and what they say. */
const IDENTITIES_WANTED = Buffer.from([0, 0, 0, 1, 11])
/** How many it holds comes next. */
const IDENTITIES = 12

interface Account {
  readonly user: string
  /** The host, with `:port` unless that is 22. */
  readonly host: string
  readonly place: string
}

/**
 * How to log in, by the strongest that there is, and by that alone: the key in VMCAST_SSH_KEY, `identity` of
 * vmcast.yaml, a password that is bound to the host, the keys of the agent if it has any, the first of
 * ~/.ssh/id_ed25519, id_ecdsa, id_rsa. Throws `ssh-no-identity`, `ssh-key-unreadable`, `ssh-key-exposed`,
 * `ssh-passphrase-wrong`, `secret-unbound`.
 */
export async function findLogin(
  { user, host, place }: Account,
  config: TargetConfig,
  keyring: Keyring,
): Promise<Login> {
  const { env, home, base } = keyring
  const byKey = async (name: string, pem: string): Promise<Login> => {
    const key = await openKey(name, pem, keyring)
    return { methods: [{ type: 'publickey', username: user, key }], shown: `the key of ${name}` }
  }
  const given = env['VMCAST_SSH_KEY']
  if (given)
    return await byKey(
      'VMCAST_SSH_KEY',
      given.startsWith('-----BEGIN') ? given : await readKey('VMCAST_SSH_KEY', given),
    )
  const { identity } = config.settings
  if (identity !== undefined)
    return await byKey('identity', await readKey(identity, pathOf(identity, base, home)))
  const password = secretFor('PASSWORD', config, host, env)
  if (password !== null) return byPassword(user, password)
  const agent = env['SSH_AUTH_SOCK']
  if (agent && (await hasKeys(agent))) {
    return { methods: [{ type: 'agent', username: user, agent }], shown: 'the keys of the SSH agent' }
  }
  for (const name of DEFAULTS) {
    const path = join(home, '.ssh', name)
    if (await isThere(path)) return await byKey(`~/.ssh/${name}`, await readKey(path, path))
  }
  const tried = ['VMCAST_SSH_KEY', 'identity', 'SSH_AUTH_SOCK', ...DEFAULTS.map((name) => `~/.ssh/${name}`)]
  throw fault('ssh-no-identity', { place, user, tried })
}

const pathOf = (path: string, base: string, home: string): string =>
  path.startsWith('~/') ? join(home, path.slice(2)) : resolve(base, path)

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Many servers ask for a password only in the form of a question (PAM); any other question is left alone. */
function byPassword(username: string, password: string): Login {
  const answer: AnyAuthMethod = {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      finish(prompts.length === 1 && prompts[0]?.echo === false ? [password] : [])
    },
  }
  return {
    methods: [{ type: 'password', username, password }, answer],
    shown: 'the password from the environment',
  }
}

/**
 * An agent that does not answer, or holds nothing, is none. Asked without ssh2, which would wait for ever, and
 * keep the process waiting (draft-ietf-sshm-ssh-agent, section 3.5).
 */
const hasKeys = (path: string): Promise<boolean> =>
  new Promise((settle) => {
    const agent = connect(path)
    const silent = setTimeout(() => agent.destroy(), AGENT_PATIENCE)
    let answer = Buffer.alloc(0)
    agent.on('connect', () => agent.write(IDENTITIES_WANTED))
    agent.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes])
      if (answer.length >= 9) agent.destroy()
    })
    agent.on('error', () => undefined) // is closed, too
    agent.on('close', () => {
      clearTimeout(silent)
      settle(answer.length >= 9 && answer[4] === IDENTITIES && answer.readUInt32BE(5) > 0)
    })
  })

/** The text of a key file; one that others can read is refused before it is. `shown`: never what a variable holds. */
async function readKey(shown: string, path: string): Promise<string> {
  const bytes = await readGiven(path, {
    // No cause is kept: the system's message quotes the path, which may be a key in an odd form.
    unreadable: (error) => fault('ssh-key-unreadable', { name: shown, reason: reasonOf(error) }),
    exposed: () => fault('ssh-key-exposed', { path: shown }),
  })
  return bytes.toString()
}

async function openKey(name: string, pem: string, { env, askPassphrase }: Keyring): Promise<ParsedKey> {
  const plain = parse(pem)
  if (!(plain instanceof Error)) return privateOnly(name, plain)
  if (!/no passphrase given/.test(plain.message)) throw unreadable(name)
  const passphrase =
    env['VMCAST_SSH_PASSPHRASE'] ?? (await askPassphrase('the SSH key', 'VMCAST_SSH_PASSPHRASE'))
  const opened = parse(pem, passphrase)
  if (opened instanceof Error) throw fault('ssh-passphrase-wrong', { name })
  return privateOnly(name, opened)
}

function privateOnly(name: string, key: ParsedKey): ParsedKey {
  if (!key.isPrivateKey()) throw unreadable(name)
  return key
}

const unreadable = (name: string) =>
  fault('ssh-key-unreadable', { name, reason: 'it is no private key in the form that OpenSSH uses' })

/** A file can hold several keys; OpenSSH writes one. */
function parse(pem: string, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(pem, passphrase)
  return [parsed].flat()[0] ?? new Error('no key')
}
