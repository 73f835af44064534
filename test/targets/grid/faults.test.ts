import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ErrorCode } from '../../../src/errors.ts'
import type { TargetSettings } from '../../../src/model.ts'
import { openGrid } from '../../../src/targets/grid.ts'
import { gfal } from '../../../src/targets/grid/gfal.ts'
import { Programs } from '../../../src/targets/grid/programs.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { filesBelow, openBound, stubPath } from '../../support/grid-place.ts'
import { smallDisk } from '../../support/hard-places.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { startGridFtp, type GridFtp } from '../../support/servers/gridftp.ts'
import { keyringOf, targetTo } from '../../support/targets.ts'
import { fails } from '../../support/faults.ts'

let server: GridFtp
beforeAll(async () => {
  server = await startGridFtp()
})
afterAll(() => server.stop())

const text = (content: string) => Buffer.from(content)
const GFAL: TargetSettings = { client: 'gfal-copy' }

interface Wish {
  readonly to?: string
  readonly settings?: TargetSettings
  readonly env?: Readonly<Record<string, string>>
  readonly patience?: number
}

const open = (root: string, { to, env = server.env, ...wish }: Wish = {}) =>
  openBound(to ?? `gsiftp://localhost:${server.port}${root}/`, { env, ...wish })
const folder = () => mkdtemp(join(server.files, 'fault-'))

describe.each([
  ['globus-url-copy', {}],
  ['gfal-copy', GFAL],
] as const)('by %s', (_, settings) => {
  test('a certificate that the server does not know', async () => {
    const { certificate, key } = server.stranger
    const env = { ...server.env, X509_USER_CERT: certificate, X509_USER_KEY: key }
    const target = await open(await folder(), { settings, env })
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('grid-credentials'))
  })

  test.each([['none'], ['a file that is missing']])(
    'no certificate here, %s: that is not taken for a list that is absent',
    async (which) => {
      const { PATH = '', X509_CERT_DIR = '', HOME = '' } = server.env
      const lost = { X509_USER_CERT: '/nonexistent/cert.pem', X509_USER_KEY: '/nonexistent/key.pem' }
      const env = { PATH, X509_CERT_DIR, HOME, ...(which === 'none' ? {} : lost) }
      const target = await open(await folder(), { settings, env })
      await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('grid-credentials'))
      await expect(target.stat('one.list')).rejects.toSatisfy(fails('grid-credentials'))
      await expect(target.swap('one.list', text('x'), null)).rejects.toSatisfy(fails('grid-credentials'))
    },
  )

  test('nobody there: trying again may help', async () => {
    const hosts = ['localhost:1', 'no.such.host.invalid']
    for (const host of hosts) {
      const target = await open('/x', { to: `gsiftp://${host}/x/`, settings })
      await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('target-unreachable'))
    }
  })

  test('a program that is missing is named, with its package', async () => {
    const target = await open(await folder(), { settings, env: { ...server.env, PATH: '/nonexistent' } })
    await expect(target.read('one.list', 10)).rejects.toMatchObject({
      code: 'grid-program-missing',
      remedy: expect.stringMatching(
        /globus-gass-copy-progs|gfal2-util-scripts .*gfal2-plugin-gridftp/,
      ) as string,
    })
  })

  test('a full disk: an error in time, and no other file goes by the final name', async () => {
    const disk = await smallDisk(1024 * 1024)
    const target = await open(disk.folder, { settings, patience: 4000 })
    const big = noise(3_000_000)
    // Both programs stand still, rather than say what the server said, while there is more for them to send.
    await expect(target.write('~x.partial', sourceOf(big), () => 'x.raw')).rejects.toSatisfy(
      (error) => fails('target-full')(error) || fails('target-interrupted')(error),
    )
    const left = (await filesBelow(disk.folder)).get('x.raw')
    expect(left === undefined || Buffer.concat(big).indexOf(left) === 0).toBe(true)
  })
})

test('a beginning that a broken upload left under the final name is replaced', async () => {
  const root = await folder()
  const chunks = noise(2_000_000)
  await writeFile(join(root, 'x.raw'), Buffer.concat(chunks).subarray(0, 700_001))
  await (await open(root)).write('~x.partial', sourceOf(chunks), () => 'x.raw')
  expect((await readFile(join(root, 'x.raw'))).equals(Buffer.concat(chunks))).toBe(true)
})

test('what globus-url-copy cannot do is said', async () => {
  const root = await folder()
  await writeFile(join(root, 'x.raw'), 'x')
  const target = await open(root)
  await expect(target.remove('x.raw')).rejects.toSatisfy(fails('grid-unable'))
  await target.remove('absent.raw')
})

describe('a program that hangs', () => {
  /** Stands for globus-url-copy: says its number, and that of a child that it waits for. */
  async function hanging(): Promise<{ env: Record<string, string>; ended: () => Promise<boolean> }> {
    const bin = await temporaryFolder()
    const path = join(bin, 'globus-url-copy')
    await writeFile(path, `#!/bin/sh\nsleep 600 &\necho $$ $! >${bin}/pids\nwait\n`)
    await chmod(path, 0o755)
    const ended = async () => {
      const pids = (await readFile(join(bin, 'pids'), 'utf8')).trim().split(' ').map(Number)
      return pids.every((pid) => !runs(pid))
    }
    return { env: { ...server.env, PATH: `${bin}:${server.env['PATH'] ?? ''}` }, ended }
  }

  function runs(pid: number): boolean {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }

  async function soon(holds: () => Promise<boolean>): Promise<boolean> {
    for (let at = 0; at < 100 && !(await holds()); at++) await sleep(50)
    return await holds()
  }

  test('is ended, with its children, and may be tried again', async () => {
    const { env, ended } = await hanging()
    const target = await open(await folder(), { env, patience: 700 })
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('target-interrupted'))
    expect(await soon(ended)).toBe(true)
  })

  test('is ended, with its children, when the user stops the run', async () => {
    const { env, ended } = await hanging()
    const stopped = new Error('stopped by the user')
    const chunks = (async function* () {
      yield text('first')
      await sleep(500)
      throw stopped
    })()
    const source = {
      ...sourceOf([]),
      chunks: () => chunks,
      foretell: () => Promise.resolve({ sha512: 'f'.repeat(128), size: 9 }),
    }
    // What is there is asked for first, and nobody answers: so a real program looks, and the stub sends.
    const bin = (env['PATH'] ?? '').split(':')[0] ?? ''
    const stub = await readFile(join(bin, 'globus-url-copy'), 'utf8')
    await writeFile(
      join(bin, 'globus-url-copy'),
      stub.replace(
        '#!/bin/sh\n',
        '#!/bin/sh\n[ "$2" = - ] && [ "$1" != -create-dest ] && exec /usr/bin/globus-url-copy "$@"\n',
      ),
    )
    const target = await open(await folder(), { env })
    await expect(target.write('~x', source, () => 'x.raw')).rejects.toBe(stopped)
    expect(await soon(ended)).toBe(true)
  })
})

describe('dccp', () => {
  test.each(['dcap', 'gsidcap'])('the real one: %s to nobody may be tried again', async (scheme) => {
    const target = await open('/x', { to: `${scheme}://127.0.0.1:1/x/` })
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('target-unreachable'))
    await expect(target.write('~x', sourceOf([text('x')]), () => 'x.raw')).rejects.toSatisfy(
      fails('target-unreachable'),
    )
    await expect(target.remove('one.list')).rejects.toSatisfy(fails('target-unreachable'))
  })

  test('the real one: a server that speaks no dcap is an error, and not an absent list', async () => {
    const target = await open('/x', { to: `dcap://127.0.0.1:${server.port}/x/` })
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('grid-failed'))
  })

  test('the real one: a tunnel that is missing is named, and no list is taken for absent', async () => {
    const env = { ...server.env, DCACHE_IO_TUNNEL: '/nonexistent/libgsiTunnel.so' }
    const target = await open('/x', { to: 'dcap://127.0.0.1:1/x/', env })
    const missing = {
      code: 'grid-program-missing',
      message: expect.stringMatching(/^libgsiTunnel.so,/) as string,
    }
    await expect(target.read('one.list', 10)).rejects.toMatchObject(missing)
    await expect(target.remove('one.list')).rejects.toMatchObject(missing)
    await expect(target.write('~x', sourceOf([text('x')]), () => 'x.raw')).rejects.toMatchObject(missing)
  })

  test('a library that makes `unlink` dCache’s is missing: nothing is taken for removed', async () => {
    const bin = await temporaryFolder()
    const unloaded =
      "ERROR: ld.so: object 'libpdcap.so.1' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored."
    await writeFile(
      join(bin, 'unlink'),
      `#!/bin/sh\necho "${unloaded}" >&2\nexec env -u LD_PRELOAD /usr/bin/unlink "$1"\n`,
      { mode: 0o755 },
    )
    const env = { ...server.env, PATH: `${bin}:${server.env['PATH'] ?? ''}` }
    const target = await open('/x', { to: 'dcap://127.0.0.1:1/x/', env })
    await expect(target.remove('one.list')).rejects.toMatchObject({
      code: 'grid-program-missing',
      message: expect.stringMatching(/^libpdcap.so.1,/) as string,
    })
  })

  test('a list whose replacement broke off is still the old one, and the next swap ends it', async () => {
    const root = await folder()
    const env = { ...server.env, PATH: await stubPath(server) }
    const target = await open(root, { to: `dcap://localhost${root}/`, env })
    const tag = await target.swap('lists/one.list', text('first'), null)
    await mkdir(join(root, 'lists'), { recursive: true })
    await writeFile(join(root, 'lists', '~one.list.previous'), 'first')
    await writeFile(join(root, 'lists', '~one.list.next'), 'second')
    await writeFile(join(root, 'lists', 'one.list'), 'sec')

    expect((await target.read('lists/one.list', 10))?.tag).toBe(tag)
    await target.swap('lists/one.list', text('second'), tag)
    expect(await filesBelow(root)).toEqual(new Map([['lists/one.list', text('second')]]))
  })
})

describe('what vmcast.yaml says', () => {
  test.each<[string, TargetSettings, ErrorCode]>([
    ['root://localhost/x/', { client: 'dccp' }, 'grid-client'],
    ['dcap://localhost/x/', GFAL, 'grid-client'],
    ['gsiftp://osynge@localhost/x/', {}, 'target-address'],
    ['gsiftp://localhost/x/../y/', {}, 'target-address'],
  ])('%s with %j is refused', async (to, settings, code) => {
    const opening = (async () => await open('/', { to, settings }))()
    await expect(opening).rejects.toSatisfy(fails(code))
  })
})

describe('the user’s certificate is shown to the host that it is bound to, and to no other', () => {
  test.each(['gsiftp', 'gsidcap', 'dcap', 'root', 'srm', 'davs'])('%s', async (scheme) => {
    // Each would say so if its program were run.
    const settings: TargetSettings = scheme === 'davs' ? GFAL : {}
    const to = `${scheme}://evil.example.org:2811/x/`
    const opening = (env: Readonly<Record<string, string>>) => async () =>
      await open('/', { to, settings, env: { ...env, PATH: '/nonexistent' } })
    for (const bound of ['', 'se.example.org', 'evil.example.org', 'se.example.org:2811'])
      await expect(opening({ VMCAST_X509_SE_HOST: bound })()).rejects.toSatisfy(fails('secret-unbound'))
    const nameless = async () => await openGrid(targetTo(to, { settings }), keyringOf('/'))
    await expect(nameless()).rejects.toSatisfy(fails('grid-name'))
    const target = await opening({ VMCAST_X509_SE_HOST: 'Evil.example.org:2811' })()
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('grid-program-missing'))
  })
})

test('nothing of ours stays on this machine', async () => {
  const before = await ours()
  const root = await folder()
  await (await open(root, { settings: GFAL })).write('~x', sourceOf(noise(100_000)), () => 'x.raw')
  expect(await ours()).toEqual(before)
})

test('a plugin that wants a whole file gets one that has no name: it goes with vmcast, however that ends', async () => {
  const [bin, temporary] = [await temporaryFolder(), await temporaryFolder()]
  const gfalCopy = `#!/bin/sh\nls -A ${temporary} >${bin}/names\nwc -c <"\${3#file://}" >${bin}/size\ncat "\${3#file://}" >${bin}/got\n`
  await writeFile(join(bin, 'gfal-copy'), gfalCopy, { mode: 0o755 })
  vi.stubEnv('TMPDIR', temporary)
  try {
    const programs = new Programs({ PATH: `${bin}:${process.env['PATH'] ?? ''}` })
    const chunks = noise(1_000_000)
    await gfal(programs, 'root').put('root://se.example.org//x.raw', sourceOf(chunks).chunks())
    expect((await readFile(join(bin, 'got'))).equals(Buffer.concat(chunks))).toBe(true)
    expect((await readFile(join(bin, 'size'), 'utf8')).trim()).toBe('1000000')
    expect(await readFile(join(bin, 'names'), 'utf8')).toBe('')
  } finally {
    vi.unstubAllEnvs()
  }
})

/** Pipes and files that vmcast makes for a program carry a random name of six letters, and nothing else. */
const ours = async () =>
  (await readdir(tmpdir())).filter((name) => /^vmcast-[A-Za-z0-9]{6}$/.test(name)).sort()
