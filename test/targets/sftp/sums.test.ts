import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseDestination } from '../../../src/address.ts'
import { serverOf } from '../../../src/targets/sftp/server.ts'
import { Session, STATUS } from '../../../src/targets/sftp/session.ts'
import { ServerSums } from '../../../src/targets/sftp/sums.ts'
import { noise, sha512 } from '../../support/bytes-source.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { startSshd, type Sshd } from '../../support/servers/sshd.ts'
import { keyringOf, targetTo } from '../../support/targets.ts'

const LARGE = 64 * 1024 * 1024

/** A server that takes commands, and lives, and never says that a command ended. */
async function endlessServer(sshd: Sshd): Promise<Sshd> {
  const hostKeys = [await readFile(join(sshd.folder, 'host_ed25519'))]
  const server = new ssh2.Server({ hostKeys }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (context) => {
      context.accept()
    })
    // ssh2 would answer the end of a channel by itself.
    const protocol: unknown = Reflect.get(client, '_protocol')
    if (typeof protocol === 'object' && protocol !== null)
      Object.assign(protocol, { channelClose: () => undefined })
    client.on('session', (accept) => {
      const shell = accept()
      shell.on('exec', (take) => void take())
      shell.on('sftp', (take) => void take())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { ...sshd, port, to: (path) => `sftp://publisher@127.0.0.1:${port}${path}/` }
}

async function sessionAt(sshd: Sshd, patience = 10_000): Promise<Session> {
  const to = sshd.to('')
  const destination = parseDestination(to)
  if (!destination) throw new Error(`${to} leads nowhere`)
  const hostKeys = [...sshd.hostKeys.values()].map(({ fingerprint }) => fingerprint)
  const keyring = keyringOf('/', { env: { VMCAST_SSH_KEY: sshd.identity } })
  return await Session.open(
    serverOf({ ...destination, user: sshd.user }, targetTo(to, { hostKeys }), keyring, patience),
  )
}

describe.each([
  ['as it is', [], true],
  ['without any of the programs', ['SetEnv PATH=/nowhere'], false],
  ['without a shell', ['ForceCommand internal-sftp'], false],
] as const)('a server %s', (_, options, tells) => {
  let sshd: Sshd
  let session: Session
  beforeAll(async () => {
    sshd = await startSshd({ options })
    session = await sessionAt(sshd)
  })
  afterAll(async () => {
    session.close()
    await sshd.stop()
  })

  const bytes = Buffer.concat(noise(3_000_000))

  test('sums up a file', async () => {
    const path = join(await temporaryFolder(), "a file's name")
    await writeFile(path, bytes)
    expect(await new ServerSums().of(session, path, bytes.length)).toBe(tells ? sha512(bytes) : null)
  })

  test('sums up a file while it grows', async () => {
    const path = join(await temporaryFolder(), "a file's name")
    await writeFile(path, '')
    const follower = new ServerSums().follow(session, path, LARGE)
    let size = 0
    for (let at = 0; at < 8; at++) {
      await appendFile(path, bytes)
      size += bytes.length
      follower.reach(size)
    }
    await appendFile(path, 'what has not been announced')
    const whole = Buffer.concat(Array.from({ length: 8 }, () => bytes))
    expect(await follower.sum(size)).toBe(tells ? sha512(whole) : null)
  })

  test('does not sum up what is not there', async () => {
    const path = join(await temporaryFolder(), 'short')
    await writeFile(path, bytes)
    expect(await new ServerSums().follow(session, path, LARGE).sum(bytes.length + 1)).toBeNull()
    const missing = new ServerSums().of(session, `${path}er`, 1)
    if (tells) await expect(missing).rejects.toMatchObject({ code: STATUS.missing })
    else expect(await missing).toBeNull()
  })
})

test('a command whose end the server never tells is given up', async () => {
  const sshd = await startSshd()
  onTestFinished(() => sshd.stop())
  const session = await sessionAt(await endlessServer(sshd))
  onTestFinished(() => {
    session.close()
  })
  const command = await session.command('echo')
  expect(await command?.end(200)).toEqual({ output: '', status: null })
})

describe('a program of the server that does not sum up', () => {
  const bytes = Buffer.concat(noise(3_000_000))

  /** A server where only the programs of these texts are found, and a file there. */
  async function serverWith(programs: Readonly<Record<string, string>>, patience?: number) {
    const folder = await temporaryFolder()
    for (const [name, text] of Object.entries(programs))
      await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    const sshd = await startSshd({ options: [`SetEnv PATH=${folder}`] })
    onTestFinished(() => sshd.stop())
    const session = await sessionAt(sshd, patience)
    onTestFinished(() => {
      session.close()
    })
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    return { session, path, asked: () => readFile(`${path}.asked`, 'utf8').catch(() => '') }
  }
  const openssl = (...lines: readonly string[]) => [`echo "$@" >> "$4.asked"`, ...lines].join('\n')
  const asked = (path: string) => `dgst -sha512 -r ${path}\n`

  test.each([
    ['fails', 'exit 1'],
    ['is killed', 'kill -9 $$'],
    ['claims success', 'exit 0'],
  ])('because it %s: the file is read, and the next one summed up by it again', async (_, line) => {
    const server = await serverWith({ openssl: openssl(line), sha512sum: 'exit 1' })
    const sums = new ServerSums()
    for (const times of [1, 2]) {
      expect(await sums.of(server.session, server.path, bytes.length)).toBe(sha512(bytes))
      expect(await server.asked()).toBe(asked(server.path).repeat(times))
    }
  })

  test('because it hangs: the file is read', async () => {
    const { session, path } = await serverWith({ openssl: openssl('exec /bin/sleep 60') }, 1000)
    expect(await new ServerSums().of(session, path, bytes.length)).toBe(sha512(bytes))
  })

  test.each([
    ['is not there', {}],
    ['cannot be run', { openssl: openssl('exit 126') }],
  ])('because it %s: the next one does, and it is not asked again', async (_, programs) => {
    const sha512sum = `exec /usr/bin/sha512sum "$1"`
    const server = await serverWith({ ...programs, sha512sum })
    const sums = new ServerSums()
    for (let times = 0; times < 2; times++)
      expect(await sums.of(server.session, server.path, bytes.length)).toBe(sha512(bytes))
    expect((await server.asked()).length).toBeLessThanOrEqual(asked(server.path).length)
  })
})
