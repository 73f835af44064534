import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { VmcastError, type ErrorCode } from '../../../src/errors.ts'
import { acceptedKeys } from '../../../src/targets/sftp/known-hosts.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { makeKey, startSshd, type Sshd } from '../../support/servers/sshd.ts'
import { openOn } from './open.ts'

let sshd: Sshd
let folder: string
let opensshKey: string

beforeAll(async () => {
  sshd = await startSshd({ types: ['ed25519', 'ecdsa', 'rsa'] })
  folder = await mkdtemp(join(tmpdir(), 'vmcast-login-'))
  opensshKey = await readFile(sshd.identity, 'utf8')
})
afterAll(async () => {
  await sshd.stop()
  await rm(folder, { recursive: true })
})

type Meeting = Parameters<typeof openOn>[2]

/** What a first look at the server ends with: `in`, or the error, whose every word is free of secrets. */
async function meet(
  meeting: Meeting,
  secrets: readonly string[] = [],
  server: Sshd = sshd,
): Promise<'in' | VmcastError> {
  const target = await openOn(server, folder, meeting)
  onTestFinished(() => target.close())
  try {
    expect(await target.stat('nothing')).toBeNull()
    return 'in'
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    const words = `${error.message} ${error.remedy} ${String(error.cause)} ${error.stack ?? ''}`
    for (const secret of secrets) expect(words).not.toContain(secret)
    return error
  }
}

const code = (met: 'in' | VmcastError): 'in' | ErrorCode => (met === 'in' ? met : met.code)

describe('the server’s key', () => {
  test.each(['ed25519', 'ecdsa', 'rsa'] as const)(
    '%s is accepted by its fingerprint alone, and by its type too',
    async (type) => {
      const { fingerprint, line } = sshd.hostKeys.get(type) ?? { fingerprint: '', line: '' }
      expect(await meet({ hostKeys: [fingerprint] })).toBe('in')
      expect(await meet({ hostKeys: [`${line.split(' ')[0] ?? ''} ${fingerprint}`] })).toBe('in')
    },
  )

  test('is refused where nothing is known, with its fingerprint and the line to add', async () => {
    const met = await meet({ hostKeys: [] })
    const { fingerprint } = sshd.hostKeys.get('ed25519') ?? { fingerprint: '' }
    expect(met).toMatchObject({ code: 'ssh-host-unknown' })
    expect(met).toHaveProperty('message', expect.stringContaining(fingerprint))
    expect(met).toHaveProperty('remedy', expect.stringContaining(`hostKey: ${fingerprint}`))
  })

  test('is refused where another one is known, of any type or of one', async () => {
    const other = `SHA256:${'A'.repeat(43)}`
    for (const hostKey of [other, `ssh-ed25519 ${other}`, `ecdsa-sha2-nistp521 ${other}`]) {
      const met = await meet({ hostKeys: [hostKey] })
      expect(met).toMatchObject({ code: 'ssh-host-changed' })
      expect(met).toHaveProperty('message', expect.stringContaining(other))
    }
  })

  test('is taken from known_hosts, hashed, and refused once it is revoked there', async () => {
    const path = join(await temporaryFolder(), 'known_hosts')
    const { line } = sshd.hostKeys.get('rsa') ?? { line: '' }
    await writeFile(path, `[127.0.0.1]:${sshd.port} ${line}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
    const keys = async () => acceptedKeys(await readFile(path, 'utf8'), '127.0.0.1', sshd.port)
    const settings = { knownHosts: 'known_hosts' }
    expect(await meet({ settings, hostKeys: await keys() })).toBe('in')
    await appendFile(path, `@revoked * ${line}\n`)
    const met = await meet({ settings, hostKeys: await keys() })
    expect(met).toMatchObject({ code: 'ssh-host-unknown' })
    expect(met).toHaveProperty('remedy', expect.stringContaining('to known_hosts'))
  })
})

describe('logging in', () => {
  test('with a key in the environment, as a path and as the key itself', async () => {
    expect(await meet({ env: { VMCAST_SSH_KEY: sshd.identity } })).toBe('in')
    expect(await meet({ env: { VMCAST_SSH_KEY: opensshKey } })).toBe('in')
  })

  test('with identity, relative to vmcast.yaml and to the home folder, below the environment', async () => {
    const env = {}
    expect(await meet({ env, settings: { identity: 'id' }, base: sshd.folder })).toBe('in')
    expect(await meet({ env, settings: { identity: '~/id' }, home: sshd.folder })).toBe('in')
    const wrong = join(await temporaryFolder(), 'wrong')
    makeKey(wrong)
    expect(code(await meet({ env: { VMCAST_SSH_KEY: wrong }, settings: { identity: sshd.identity } }))).toBe(
      'ssh-denied',
    )
  })

  test('with the first key in ~/.ssh', async () => {
    const home = await temporaryFolder()
    await mkdir(join(home, '.ssh'))
    const none = await meet({ env: {}, home })
    expect(code(none)).toBe('ssh-no-identity')
    await copyFile(sshd.identity, join(home, '.ssh/id_rsa'))
    await chmod(join(home, '.ssh/id_rsa'), 0o600)
    expect(await meet({ env: {}, home })).toBe('in')
  })

  test('with an encrypted key, in both forms of OpenSSH: the passphrase from the environment or asked for, once', async () => {
    const place = await temporaryFolder()
    const secrets = ['open sesame', 'shut sesame']
    for (const form of ['RFC4716', 'PEM']) {
      const path = join(place, form)
      execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-m', form, '-N', 'open sesame', '-f', path])
      const server = await startSshd({ authorized: `${path}.pub` })
      onTestFinished(() => server.stop())
      const env = { VMCAST_SSH_KEY: path }
      expect(await meet({ env: { ...env, VMCAST_SSH_PASSPHRASE: 'open sesame' } }, secrets, server)).toBe(
        'in',
      )
      let asked = 0
      const askPassphrase = () => Promise.resolve(asked++ === 0 ? 'open sesame' : '')
      expect(await meet({ env, askPassphrase }, secrets, server)).toBe('in')
      expect(asked).toBe(1)
      const wrong = await meet({ env: { ...env, VMCAST_SSH_PASSPHRASE: 'shut sesame' } }, secrets, server)
      expect(code(wrong)).toBe('ssh-passphrase-wrong')
    }
  })

  test('with an agent’s key', async () => {
    const socket = join(await temporaryFolder(), 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void agent.kill('SIGKILL'))
    await once(agent.stdout, 'data')
    const env = { SSH_AUTH_SOCK: socket }
    expect(code(await meet({ env }))).toBe('ssh-no-identity')
    const wrong = join(await temporaryFolder(), 'wrong')
    makeKey(wrong)
    const add = (path: string) =>
      execFileSync('ssh-add', ['-q', path], { env: { ...process.env, ...env }, stdio: 'ignore' })
    add(wrong)
    expect(code(await meet({ env }))).toBe('ssh-denied')
    add(sshd.identity)
    expect(await meet({ env })).toBe('in')
  })

  test('an agent that is silent, or talks nonsense, is none', async () => {
    const socket = join(await temporaryFolder(), 'agent')
    const home = await temporaryFolder()
    await mkdir(join(home, '.ssh'))
    await copyFile(sshd.identity, join(home, '.ssh/id_rsa'))
    const env = { SSH_AUTH_SOCK: socket }
    expect(await meet({ env, home })).toBe('in')
    const visitors: Socket[] = []
    const agent = createServer((visitor) => visitors.push(visitor)).listen(socket)
    await once(agent, 'listening')
    onTestFinished(() => void agent.close())
    expect(await meet({ env, home })).toBe('in')
    expect(visitors).toHaveLength(1)
    const [silent] = visitors
    if (silent) await once(silent.resume(), 'close') // we have let go of it
    agent.on('connection', (visitor: Socket) => void visitor.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await meet({ env, home })).toBe('in')
  })

  test('what is no file of a sane size is no key, and is not waited for', async () => {
    const place = await temporaryFolder()
    execFileSync('mkfifo', ['-m', '600', join(place, 'pipe')])
    await writeFile(join(place, 'large'), '', { mode: 0o600 })
    await truncate(join(place, 'large'), 1024 ** 4)
    for (const path of [place, join(place, 'pipe'), join(place, 'large'), '/dev/zero', join(place, 'none')]) {
      expect(code(await meet({ env: { VMCAST_SSH_KEY: path } }))).toBe('ssh-key-unreadable')
      expect(code(await meet({ env: {}, settings: { identity: path } }))).toBe('ssh-key-unreadable')
    }
  })

  test.each([
    ['that others can read', 0o644, 'ssh-key-exposed'],
    ['that the group can read', 0o640, 'ssh-key-exposed'],
  ] as const)('never with a key file %s', async (_, mode, expected) => {
    const path = join(await temporaryFolder(), 'key')
    await writeFile(path, opensshKey)
    await chmod(path, mode)
    expect(code(await meet({ env: { VMCAST_SSH_KEY: path } }))).toBe(expected)
  })

  test('what is no private key is said to be none, and never quoted', async () => {
    const damaged = opensshKey.replace(/\n.{20}/, '\n####################')
    const odd = [
      '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----',
      'b3BlbnNzaC1rZXktdjEAAAAA',
      damaged,
    ]
    for (const value of odd)
      expect(
        code(await meet({ env: { VMCAST_SSH_KEY: value } }, ['c2VjcmV0', 'b3BlbnNzaC1rZXk', '####'])),
      ).toBe('ssh-key-unreadable')
    expect(code(await meet({ env: { VMCAST_SSH_KEY: `${sshd.identity}.pub` } }))).toMatch(/^ssh-key-/)
  })

  test('a server without SFTP is named as that', async () => {
    const server = await startSshd({ sftp: false })
    onTestFinished(() => server.stop())
    expect(code(await meet({}, [], server))).toBe('sftp-off')
  })

  test('a server that is not there, or is none, can be tried again', async () => {
    const mute = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    onTestFinished(() => void mute.close())
    const to = `sftp://publisher@127.0.0.1:${(mute.address() as AddressInfo).port}/srv/`
    expect(code(await meet({ to, times: { patience: 300 } }))).toBe('target-interrupted')
    for (const host of ['127.0.0.1:1', 'nowhere.invalid'])
      expect(code(await meet({ to: `sftp://publisher@${host}/srv/` }))).toBe('target-unreachable')
  })
})

describe('a password', () => {
  /** sshd takes passwords only from PAM or the system’s own file: a server in JavaScript stands in for it. */
  async function passwordServer(password: string): Promise<{ server: Sshd; offered: string[] }> {
    const offered: string[] = []
    const hostKey = await readFile(join(sshd.folder, 'host_ed25519'))
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => undefined)
      client.on('authentication', (context) => {
        if (context.method !== 'password') {
          context.reject(['password'])
          return
        }
        offered.push(context.password)
        if (context.password === password) context.accept()
        else context.reject(['password'])
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    return { server: { ...sshd, port, to: (path) => `sftp://publisher@127.0.0.1:${port}${path}/` }, offered }
  }

  test('goes only to the host that the environment binds it to', async () => {
    const { server, offered } = await passwordServer('right')
    const settings = { name: 'web' }
    const env = { VMCAST_PASSWORD_WEB: 'wrong-secret' }
    const host = `127.0.0.1:${server.port}`
    expect(code(await meet({ env, settings }, ['wrong-secret'], server))).toBe('secret-unbound')
    expect(
      code(
        await meet(
          { env: { ...env, VMCAST_PASSWORD_WEB_HOST: 'other.example.org' }, settings },
          ['wrong-secret'],
          server,
        ),
      ),
    ).toBe('secret-unbound')
    expect(offered).toEqual([])
    const denied = await meet(
      { env: { ...env, VMCAST_PASSWORD_WEB_HOST: host }, settings },
      ['wrong-secret'],
      server,
    )
    expect(code(denied)).toBe('ssh-denied')
    expect(offered).toEqual(['wrong-secret'])
  })

  test('is never sent to a server whose key is not accepted', async () => {
    const { server, offered } = await passwordServer('right')
    const env = { VMCAST_PASSWORD_WEB: 'right', VMCAST_PASSWORD_WEB_HOST: `127.0.0.1:${server.port}` }
    const met = await meet(
      { env, settings: { name: 'web' }, hostKeys: [`SHA256:${'A'.repeat(43)}`] },
      ['right'],
      server,
    )
    expect(code(met)).toBe('ssh-host-changed')
    expect(offered).toEqual([])
  })
})
