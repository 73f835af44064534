import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { isFault } from '../../../src/errors.ts'
import { myself, writeOwner } from '../../../src/targets/local/owner.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { startSshd, type Sshd } from '../../support/servers/sshd.ts'
import { openOn } from './open.ts'

const SCRIPT = join(import.meta.dirname, '../../support/sftp-publisher.ts')
const times = { patience: 30_000, locks: { pause: 20, patience: 1500, heartbeat: 300, stale: 3000 } }
const elsewhere = (id: number) =>
  `4711 99 ${String(id).padStart(8, '0')}-0000-0000-0000-000000000000 elsewhere pid:[1]`

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.stop())

const names = async (folder: string) => (await readdir(folder)).sort()

async function target(folder: string) {
  const opened = await openOn(sshd, folder, { times })
  onTestFinished(() => opened.close())
  return opened
}

/** A lock as another machine left it, `age` seconds ago. */
async function leave(folder: string, name: string, text: string, age: number): Promise<string> {
  const path = join(folder, `.${name}.lock`)
  await writeFile(path, text)
  const then = Date.now() / 1000 - age
  await utimes(path, then, then)
  return path
}

/** A way to a server that carries so many bytes a second there. The port to take. */
async function slowLine(to: number, speed: number): Promise<number> {
  const line = createServer((client) => {
    const server = connect(to, '127.0.0.1')
    for (const end of [client, server]) {
      end.on('error', () => undefined)
      end.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    server.pipe(client)
    client.on('data', (bytes: Buffer) => {
      client.pause()
      server.write(bytes)
      setTimeout(() => client.resume(), (bytes.length / speed) * 1000)
    })
  }).listen(0, '127.0.0.1')
  await once(line, 'listening')
  onTestFinished(() => void line.close())
  return (line.address() as AddressInfo).port
}

test('what a killed writer of this machine left is cleared up at once, and its upload gone on with', async () => {
  const folder = await temporaryFolder()
  const fingerprint = sshd.hostKeys.get('ed25519')?.fingerprint ?? ''
  const args = [String(sshd.port), sshd.user, sshd.identity, fingerprint, folder]
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  expect(await names(folder)).toEqual(['.~image.partial.lock', '~image.partial'])

  const began = performance.now()
  await (await target(folder)).write('~image.partial', sourceOf([Buffer.from('abc')]), () => 'image.raw')
  expect(performance.now() - began).toBeLessThan(times.locks.stale)
  expect(await names(folder)).toEqual(['image.raw'])
})

test('a lock from another machine is taken over once it is old, with what its owner left', async () => {
  const folder = await temporaryFolder()
  await leave(folder, 'one.list', elsewhere(1), 60)
  const hidden = `.one.list.00000000-0000-0000-0000-000000000001.tmp`
  const others = ['.one.list.tmp', '.other.list.00000000-0000-0000-0000-000000000001.tmp']
  for (const name of [hidden, ...others]) await writeFile(join(folder, name), '')
  await (await target(folder)).swap('one.list', Buffer.from('first'), null)
  expect(await names(folder)).toEqual([...others, 'one.list'].sort())
})

test.each([
  ['another machine', elsewhere(1), 'elsewhere'],
  ['a machine of the same name', writeOwner({ ...myself(), pid: 4711, boot: 'another' }), hostname()],
])(
  'a lock from %s that shows signs of life is not: the other one is refused, and nothing changes',
  async (_, text, host) => {
    const folder = await temporaryFolder()
    const path = await leave(folder, 'one.list', text, 0)
    const beat = setInterval(() => void utimes(path, new Date(), new Date()), 200)
    onTestFinished(() => {
      clearInterval(beat)
    })
    const swap = (await target(folder)).swap('one.list', Buffer.from('first'), null)
    await expect(swap).rejects.toSatisfy(
      (error) => isFault(error, 'target-busy') && error.message.includes(`on ${host}.`),
    )
    expect(await names(folder)).toEqual(['.one.list.lock'])
    expect(await readFile(path, 'utf8')).toBe(text)
  },
)

test('signs of life do not queue behind what an upload sends over a slow line', async () => {
  const folder = await temporaryFolder()
  const port = await slowLine(sshd.port, 500_000)
  const slow = await openOn(sshd, folder, { times, to: `sftp://${sshd.user}@127.0.0.1:${port}${folder}/` })
  onTestFinished(() => slow.close())
  const seen = new Set<number>()
  const look = async () => {
    const there = await stat(join(folder, '.~x.partial.lock')).catch(() => null)
    if (there) seen.add(there.mtimeMs)
  }
  const watch = setInterval(() => void look(), 50)
  onTestFinished(() => {
    clearInterval(watch)
  })
  await slow.write('~x.partial', sourceOf(noise(3_000_000)), () => 'x.raw')
  expect(seen.size).toBeGreaterThan(5)
})

test('a lock that nobody signed was left by a maker that died', async () => {
  const folder = await temporaryFolder()
  await leave(folder, 'one.list', '', 2)
  await (await target(folder)).swap('one.list', Buffer.from('first'), null)
  expect(await names(folder)).toEqual(['one.list'])
})

test('of many that find a stale lock, all get their turn, and one wins the list, each time', async () => {
  const folder = await temporaryFolder()
  const racers = await Promise.all(Array.from({ length: 5 }, () => target(folder)))
  for (let round = 0; round < 8; round++) {
    await leave(folder, 'one.list', elsewhere(round), 60)
    const results = await Promise.allSettled(
      racers.map((one, at) => one.swap('one.list', Buffer.from(`round ${round} of ${at}`), null)),
    )
    const lost = results.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(lost.filter((error) => !isFault(error, 'target-conflict'))).toEqual([])
    await Promise.all(racers.map((one) => one.stat('one.list')))
    expect(await names(folder)).toEqual(['one.list'])
    await rm(join(folder, 'one.list'))
  }
})

test('a lock that is taken away during the work stops it before its last step', async () => {
  const folder = await temporaryFolder()
  const chunks = noise(2_000_000)
  const source = sourceOf(chunks)
  const robbed = {
    ...source,
    digest: async () => {
      await writeFile(join(folder, '.~x.partial.lock'), elsewhere(1))
      return await source.digest()
    },
  }
  // No sign of life may set it right meanwhile.
  const still = { ...times, locks: { ...times.locks, heartbeat: 60_000 } }
  const robbedTarget = await openOn(sshd, folder, { times: still })
  onTestFinished(() => robbedTarget.close())
  await expect(robbedTarget.write('~x.partial', robbed, () => 'x.raw')).rejects.toSatisfy((error) =>
    isFault(error, 'target-lock-lost'),
  )
  expect(await names(folder)).toEqual(['.~x.partial.lock'])
})
