import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { uuid } from '../../scripts/sample-repository.ts'
import { commandLines, secretsIn, textsBelow } from '../support/secrets.ts'
import type { Ended } from '../support/cli-process.ts'
import type { Publisher, Scene } from '../support/publisher.ts'

const run = promisify(execFile)
const PASSPHRASE = 'open+sesame/3 & the rest?'

const SECRET = /(_KEY|PASSPHRASE|SESSION_TOKEN|(PASSWORD|TOKEN)_(?!.*_HOST$)[A-Z]+)$/

/** What is secret shows nowhere: not in what is printed or written, not in the list of processes. */
export function secretTests(open: () => Scene): void {
  test.concurrent(
    'no secret shows: planning, publishing, cut off, and with wrong ones',
    async () => {
      const scene = open()
      const publisher = await scene.publisher()
      const given = { ...(await signingKey(scene.folder)), ...publisher.env }
      const secrets = await secretsOf(given)
      expect(Object.keys(secrets).length).toBeGreaterThan(2)
      const shown: string[] = []
      const call = async (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> => {
        const ended = await watched(publisher, { ...given, ...env }, shown, args)
        shown.push(ended.stdout, ended.stderr)
        return ended
      }
      await build(publisher, 0)
      expect(await call({}, 'plan', '--out', 'plan.json', '--list', LOCAL)).toMatchObject({ status: 0 })
      expect(await readFile(join(publisher.root, 'plan.json'), 'utf8')).toContain(`"${LOCAL}"`)
      expect(await call({}, 'reconcile', '--json')).toMatchObject({ status: 0 })
      await build(publisher, 1)
      publisher.proxy.trouble({ way: 'to server', after: 1_000_000, then: 'cut' })
      expect(await call({}, 'reconcile', '--json')).toMatchObject({ status: 0 })
      await build(publisher, 2)
      for (const [name, secret] of Object.entries(secrets)) {
        // Of a key, the passphrase is what can be mistyped; Ceph takes any session token.
        if (secret.startsWith('-----BEGIN') || name === 'AWS_SESSION_TOKEN') continue
        const wrong = `${secret}wrong`
        expect(await call({ [name]: wrong }, 'reconcile', '--json')).toMatchObject({ status: 1 })
        expect(await call({ [name]: wrong }, 'reconcile')).toMatchObject({ status: 1 })
      }
      await publisher.expectVersion('0.0.2')
      shown.push(...(await textsBelow(publisher.root)))
      expect(shown.flatMap((text) => secretsIn(text, secrets))).toEqual([])
      expect(shown.length).toBeGreaterThan(20)
    },
    150_000,
  )
}

/** The endorser's key, encrypted, in the environment: a PEM, which is a secret too, and its passphrase. */
async function signingKey(folder: string): Promise<Readonly<Record<string, string>>> {
  const args = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', join(folder, 'pki/userkey.pem')]
  const { stdout: pem } = await run('openssl', [...args, '-passout', `pass:${PASSPHRASE}`])
  const certificate = join(folder, 'pki/usercert.pem')
  return { VMCAST_X509_KEY: pem, VMCAST_X509_PASSPHRASE: PASSPHRASE, VMCAST_X509_CERT: certificate }
}

/** The variables that are secret, by name; of a key's file, what is in it. */
async function secretsOf(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const named = Object.entries(env).filter(([name]) => SECRET.test(name))
  const read = named.map(async ([name, value]) => [
    name,
    value.startsWith('/') ? await readFile(value, 'utf8') : value,
  ])
  return Object.fromEntries(await Promise.all(read)) as Record<string, string>
}

/** A list that `plan` can read, though it is given no secret: it lies in a folder of this machine. */
const LOCAL = 'local'

/** The sample, with one more list for the folder. */
async function build(publisher: Publisher, number: number): Promise<void> {
  await publisher.build(number)
  const { root } = publisher
  const [list, config] = [join(root, 'imagelists/list-1.yaml'), join(root, 'vmcast.yaml')]
  const text = await readFile(list, 'utf8')
  await writeFile(
    join(root, `imagelists/${LOCAL}.yaml`),
    text
      .replace(/^dc:identifier: .*$/m, `dc:identifier: ${uuid(LOCAL)}`)
      .replace(/^hv:uri: .*$/m, `hv:uri: https://images.example.org/${LOCAL}/${LOCAL}.list`),
  )
  const target = `  - match: https://images.example.org/${LOCAL}/\n    to: file:${LOCAL}/\n    public: false\n`
  await writeFile(config, (await readFile(config, 'utf8')).replace(/^signing:/m, `${target}signing:`))
}

async function watched(
  publisher: Publisher,
  env: Readonly<Record<string, string>>,
  shown: string[],
  args: readonly string[],
): Promise<Ended> {
  const seen = new Set<string>()
  let pid = 0
  const look = setInterval(() => {
    void commandLines(pid).then((lines) => {
      for (const line of lines) seen.add(line)
    })
  }, 20)
  try {
    const watch = (child: { pid?: number | undefined }) => {
      pid = child.pid ?? 0
    }
    return await publisher.run({ env, watch }, ...args)
  } finally {
    clearInterval(look)
    expect([...seen].join(' ')).toContain(args[0])
    shown.push(...seen)
  }
}
