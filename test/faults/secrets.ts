import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commandLines, secretsIn, textsBelow } from '../support/secrets.ts'
import type { Ended } from '../support/cli-process.ts'
import type { Publisher, Scene } from '../support/publisher.ts'

const run = promisify(execFile)
const PASSPHRASE = 'open+sesame/3 & the rest?'

const SECRET = /(X509_KEY|SECRET_ACCESS_KEY|PASSPHRASE|PASSWORD_[A-Z]+)(?<!_HOST)$/

/** What is secret shows nowhere: not in what is printed or written, not in the list of processes. */
export function secretTests(open: () => Scene): void {
  test.concurrent(
    'no secret shows: planning, publishing, cut off, and with wrong ones',
    async () => {
      const scene = open()
      const publisher = await scene.publisher()
      const given = { ...(await signingKey(scene.folder)), ...publisher.env }
      const names = Object.keys(given).filter((name) => SECRET.test(name))
      const secrets = {
        ...Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name))),
        ...(await contentsOf(given)),
      }
      const shown: string[] = []
      const call = async (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> => {
        const ended = await watched(publisher, { ...given, ...env }, shown, args)
        shown.push(ended.stdout, ended.stderr)
        return ended
      }
      await publisher.build(0)
      await call({}, 'plan', '--format', 'json', '--out', 'plan.json')
      expect(await call({}, 'reconcile', '--json')).toMatchObject({ status: 0 })
      await publisher.build(1)
      publisher.proxy.trouble({ way: 'to server', after: 1_000_000, then: 'cut' })
      expect(await call({}, 'reconcile', '--json')).toMatchObject({ status: 0 })
      await publisher.build(2)
      for (const name of names.filter((one) => one !== 'VMCAST_X509_KEY')) {
        const wrong = `${given[name] ?? ''}wrong`
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

/** What the key's file holds. */
async function contentsOf(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const path = env['VMCAST_SSH_KEY']
  return path === undefined ? {} : { 'the file of VMCAST_SSH_KEY': await readFile(path, 'utf8') }
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
