import { execFileSync, spawnSync } from 'node:child_process'
import { appendFile, chmod, mkdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fault, isFault } from '../../src/errors.ts'
import { ImageSource, judgeFormat, openInput } from '../../src/files/source.ts'
import type { ImageFile } from '../../src/model.ts'
import { accessTo, pathOf, urlOf } from '../support/access.ts'
import { noise, sha512 } from '../support/bytes-source.ts'
import { asNobody } from '../support/hard-places.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'
import { fails } from '../support/faults.ts'

/** Larger than what is hashed on the spot, and no multiple of any buffer. */
const LARGE = 9_000_001

interface Options {
  readonly format?: string
  readonly privateHosts?: readonly string[]
  /** Happens after the first chunk. */
  readonly meanwhile?: () => Promise<unknown>
}

async function readOut(root: string, file: ImageFile, options: Options = {}) {
  const { format = '', privateHosts = [], meanwhile } = options
  const { access, read } = accessTo(root, privateHosts)
  const input = await openInput(file, access)
  try {
    const source = new ImageSource('image', input, file.sha512, judgeFormat(input, format), access)
    const chunks: Uint8Array[] = []
    for await (const chunk of source.chunks()) {
      if (chunks.length === 0) await meanwhile?.()
      chunks.push(Uint8Array.from(chunk))
    }
    const bytes = Buffer.concat(chunks)
    return {
      bytes,
      size: source.size,
      source: source.source(),
      served: await source.digest(),
      read: read.get('image'),
    }
  } finally {
    await input.close()
  }
}

/** Reads a source from its beginning; at most `chunks` of them. */
async function take(source: ImageSource, chunks = Infinity): Promise<Buffer> {
  const taken: Uint8Array[] = []
  for await (const chunk of source.chunks()) {
    taken.push(Uint8Array.from(chunk))
    if (taken.length >= chunks) break
  }
  return Buffer.concat(taken)
}

async function imageFile(bytes: Uint8Array): Promise<{ root: string; path: string }> {
  const root = await temporaryFolder()
  const path = join(root, 'image.raw')
  await writeFile(path, bytes)
  return { root, path }
}

describe('a file', () => {
  test.each([0, 1, 65_536, 1024 * 1024, 4 * 1024 * 1024 + 1, LARGE])(
    'of %d bytes comes out as it is, with its sum',
    async (size) => {
      const bytes = Buffer.concat(noise(size))
      const { root, path } = await imageFile(bytes)
      const { bytes: got, ...out } = await readOut(root, pathOf(path, sha512(bytes)))
      const digest = { sha512: sha512(bytes), size }
      expect(got.equals(bytes)).toBe(true)
      expect(out).toMatchObject({ size, source: digest, served: digest })
      expect(out.read ?? 0).toBe(size)
    },
  )

  test.each([1000, LARGE])('that is not what its pin says is refused, %d bytes', async (size) => {
    const { root, path } = await imageFile(Buffer.alloc(size))
    await expect(readOut(root, pathOf(path, sha512(Buffer.from('other'))))).rejects.toSatisfy(
      fails('pin-mismatch'),
    )
  })

  test.each([
    ['written to', (path: string) => appendFile(path, 'x')],
    ['cut short', (path: string) => truncate(path, 5_000_000)],
    ['touched', (path: string) => utimes(path, 1, 1)],
    ['overwritten in place', (path: string) => writeFile(path, Buffer.alloc(LARGE, 1), { flag: 'r+' })],
    [
      'replaced',
      (path: string) => writeFile(`${path}.new`, '').then(() => execFileSync('mv', [`${path}.new`, path])),
    ],
  ])('that is %s while it is read is refused', async (_, change) => {
    const { root, path } = await imageFile(Buffer.alloc(LARGE))
    await expect(readOut(root, pathOf(path), { meanwhile: () => change(path) })).rejects.toSatisfy(
      fails('file-changed'),
    )
  })

  test('of another format than hv:format says is refused before anything is read out', async () => {
    const { root, path } = await imageFile(Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'))
    await expect(readOut(root, pathOf(path), { format: 'raw' })).rejects.toSatisfy(fails('format-mismatch'))
    expect((await readOut(root, pathOf(path), { format: 'qcow2' })).served.size).toBe(8)
  })

  test('outside the repository needs a pin, behind a link too; inside it may be a link', async () => {
    const { root, path } = await imageFile(Buffer.from('outside'))
    const repository = join(root, 'repository')
    await mkdir(repository)
    await writeFile(join(repository, 'inside.raw'), 'inside')
    await symlink(path, join(repository, 'out.raw'))
    await symlink('inside.raw', join(repository, 'in.raw'))

    for (const outside of [path, join(repository, 'out.raw'), `${repository}/../image.raw`]) {
      await expect(readOut(repository, pathOf(outside))).rejects.toSatisfy(fails('file-outside'))
      const pinned = pathOf(outside, sha512(Buffer.from('outside')))
      expect((await readOut(repository, pinned)).bytes.toString()).toBe('outside')
    }
    expect((await readOut(repository, pathOf(join(repository, 'in.raw')))).bytes.toString()).toBe('inside')
  })

  test('of the system is refused, pinned or not, behind a link too', async () => {
    const root = await temporaryFolder()
    await symlink('/proc/self/environ', join(root, 'link.raw'))
    for (const path of ['/proc/self/environ', '/dev/zero', '/sys/kernel/notes', join(root, 'link.raw')]) {
      await expect(readOut(root, pathOf(path, 'a'.repeat(128)))).rejects.toSatisfy(fails('file-forbidden'))
    }
  })

  test('that is missing, a folder, a pipe, or not readable is a clear error', async () => {
    const root = await temporaryFolder()
    await mkdir(join(root, 'folder'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    await writeFile(join(root, 'secret'), 'secret', { mode: 0o000 })
    await chmod(root, 0o755)
    const attempt = (name: string) => readOut(root, pathOf(join(root, name)))
    await expect(attempt('missing')).rejects.toSatisfy(fails('file-missing'))
    await expect(attempt('folder')).rejects.toSatisfy(fails('file-not-regular'))
    await expect(attempt('pipe')).rejects.toSatisfy(fails('file-not-regular'))
    await expect(asNobody(() => attempt('secret'))).rejects.toSatisfy(fails('file-unreadable'))
  })

  test('whose reader stops early lets go of everything', async () => {
    const { root, path } = await imageFile(Buffer.alloc(LARGE))
    const { access } = accessTo(root)
    const input = await openInput(pathOf(path), access)
    const source = new ImageSource('image', input, null, null, access)
    for await (const chunk of source.chunks()) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await input.close()
    expect(() => source.source()).toThrow('not read to their end')
  })
})

describe('compression', () => {
  const bytes = Buffer.concat([Buffer.alloc(6_000_000), ...noise(3_000_001)])

  test('gz: reproducible, without name, time and system', async () => {
    const { root, path } = await imageFile(bytes)
    const out = await readOut(root, pathOf(path, sha512(bytes)), { format: 'raw.gz' })
    expect(gunzipSync(out.bytes).equals(bytes)).toBe(true)
    expect([...out.bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    expect(out.source).toEqual({ sha512: sha512(bytes), size: bytes.length })
    expect(out.served).toEqual({ sha512: sha512(out.bytes), size: out.bytes.length })
    expect(out.size).toBeNull()
    const again = await readOut(root, pathOf(path), { format: 'raw.gz' })
    expect(again.served).toEqual(out.served)
  })

  test('bz2: by the program, whatever options the environment has for it', async () => {
    const { root, path } = await imageFile(bytes)
    process.env.BZIP2 = '-1 -v'
    onTestFinished(() => {
      delete process.env.BZIP2
    })
    const out = await readOut(root, pathOf(path), { format: 'raw.bz2' })
    const expected = spawnSync('bzip2', ['-9', '-c'], { input: bytes, env: {}, maxBuffer: 1e8 }).stdout
    expect(out.bytes.equals(expected)).toBe(true)
    expect(out.source.sha512).toBe(sha512(bytes))
    expect(out.served.sha512).toBe(sha512(expected))
  })

  test.each(['raw.gz', 'raw.bz2'])('%s: an empty file', async (format) => {
    const { root, path } = await imageFile(Buffer.alloc(0))
    const out = await readOut(root, pathOf(path), { format })
    expect(out.served.size).toBeGreaterThan(0)
    expect(out.source.size).toBe(0)
  })

  test.each([
    ['raw.gz', 'gzip'],
    ['raw.bz2', 'bzip2'],
  ])('%s: a file that is so already is served as it is', async (format, program) => {
    const packed = spawnSync(program, ['-c'], { input: 'image' }).stdout
    const { root, path } = await imageFile(packed)
    const out = await readOut(root, pathOf(path), { format })
    expect(out.bytes.equals(packed)).toBe(true)
    expect(out.served).toEqual(out.source)
  })

  test.each(['raw.gz', 'raw.bz2'])('%s: what is wrong with the file comes through', async (format) => {
    const { root, path } = await imageFile(bytes)
    const pinned = pathOf(path, sha512(Buffer.from('other')))
    await expect(readOut(root, pinned, { format })).rejects.toSatisfy(fails('pin-mismatch'))
    const meanwhile = () => appendFile(path, 'x')
    await expect(readOut(root, pathOf(path), { format, meanwhile })).rejects.toSatisfy(fails('file-changed'))
  })

  test.each(['raw.gz', 'raw.bz2'])('%s: a reader that stops early lets go of everything', async (format) => {
    const { root, path } = await imageFile(bytes)
    const stop = new Error('the disk is full')
    const meanwhile = () => Promise.reject(stop)
    await expect(readOut(root, pathOf(path), { format, meanwhile })).rejects.toBe(stop)
  })

  test.each(['raw.gz', 'raw.bz2'])('%s: a slow reader can stop as well', async (format) => {
    const { root, path } = await imageFile(Buffer.concat(noise(LARGE)))
    const stop = new Error('the disk is full')
    // By then the compressor has filled its buffers, and waits.
    const meanwhile = () => sleep(500).then(() => Promise.reject(stop))
    await expect(readOut(root, pathOf(path), { format, meanwhile })).rejects.toBe(stop)
  })

  test('a missing bzip2 is named with its package', async () => {
    const { root, path } = await imageFile(bytes)
    const before = process.env.PATH
    process.env.PATH = tmpdir()
    onTestFinished(() => void (process.env.PATH = before))
    const error: unknown = await readOut(root, pathOf(path), { format: 'raw.bz2' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isFault(error, 'program-missing') && error.remedy).toContain('apt-get install bzip2')
  })
})

describe('a file on the web', () => {
  const bytes = Buffer.concat(noise(LARGE))

  test('comes out as it is, checked against its pin, with or without an announced size', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/sized') response.setHeader('content-length', LARGE)
      response.write(bytes)
      response.end()
    })
    for (const [path, size] of [
      ['/sized', LARGE],
      ['/unsized', null],
    ] as const) {
      const { bytes: got, ...out } = await readOut('/', urlOf(origin + path, sha512(bytes)), {
        privateHosts: ['127.0.0.1'],
      })
      expect(got.equals(bytes)).toBe(true)
      expect(out).toMatchObject({ size, served: { sha512: sha512(bytes), size: LARGE } })
      const other = urlOf(origin + path, sha512(Buffer.from('other')))
      await expect(readOut('/', other, { privateHosts: ['127.0.0.1'] })).rejects.toSatisfy(
        fails('pin-mismatch'),
      )
    }
  })

  test('is compressed on the way, and its format judged', async () => {
    const origin = await serve((_, response) => response.end(bytes))
    const out = await readOut('/', urlOf(origin, sha512(bytes)), {
      format: 'raw.gz',
      privateHosts: ['127.0.0.1'],
    })
    expect(gunzipSync(out.bytes).equals(bytes)).toBe(true)
    const wrong = readOut('/', urlOf(origin, sha512(bytes)), { format: 'qcow2', privateHosts: ['127.0.0.1'] })
    await expect(wrong).rejects.toSatisfy(fails('format-mismatch'))
  })

  test('on a private host that is not allowed is refused', async () => {
    const origin = await serve((_, response) => response.end(bytes))
    await expect(readOut('/', urlOf(origin, sha512(bytes)))).rejects.toSatisfy(fails('web-private-address'))
  })

  test('that breaks off is refused', async () => {
    const origin = await serve((_, response) => {
      response.setHeader('content-length', LARGE)
      response.write(bytes.subarray(0, 1_000_000))
      setTimeout(() => response.destroy(), 30)
    })
    const attempt = readOut('/', urlOf(origin, sha512(bytes)), { privateHosts: ['127.0.0.1'] })
    await expect(attempt).rejects.toSatisfy(fails('web-failed'))
  })
})

describe('a source that is read again', () => {
  const bytes = Buffer.concat(noise(LARGE))
  const digest = { sha512: sha512(bytes), size: LARGE }

  test('starts at the beginning, and what is shown of it goes on', async () => {
    const { root, path } = await imageFile(bytes)
    const { access, read } = accessTo(root)
    const input = await openInput(pathOf(path), access)
    onTestFinished(() => input.close())
    const source = new ImageSource('image', input, null, null, access)
    await take(source, 3)
    const before = read.get('image') ?? 0
    await take(source, 1)
    expect(read.get('image')).toBe(before)
    expect((await take(source)).equals(bytes)).toBe(true)
    expect(read.get('image')).toBe(LARGE)
    expect(await source.digest()).toEqual(digest)
  })

  test('asks the web anew', async () => {
    let requests = 0
    const origin = await serve((_, response) => {
      requests += 1
      response.end(bytes)
    })
    const { access } = accessTo(await temporaryFolder(), ['127.0.0.1'])
    const input = await openInput(urlOf(`${origin}/image.raw`, digest.sha512), access)
    onTestFinished(() => input.close())
    const source = new ImageSource('image', input, digest.sha512, null, access)
    await take(source, 1)
    expect(requests).toBe(1)
    expect((await take(source)).equals(bytes)).toBe(true)
    expect(requests).toBe(2)
  })

  test.each([
    ['its pin says', sha512(bytes), null, 0],
    ['a reading says', null, null, LARGE],
    ['a reading says, compressed', null, 'gz', LARGE],
  ] as const)('foretells what %s', async (_, pin, compression, reads) => {
    const { root, path } = await imageFile(bytes)
    const { access, read } = accessTo(root)
    const input = await openInput(pathOf(path, pin), access)
    onTestFinished(() => input.close())
    const source = new ImageSource('image', input, pin, compression, access)
    const foretold = await source.foretell()
    expect(read.get('image (for its name)') ?? 0).toBe(reads)
    expect(read.get('image')).toBeUndefined()
    const served = await take(source)
    expect(foretold).toEqual({ sha512: sha512(served), size: served.length })
    expect(await source.digest()).toEqual(foretold)
  })

  test('ends at the user’s wish', async () => {
    const { root, path } = await imageFile(bytes)
    const stop = new AbortController()
    const access = { ...accessTo(root).access, signal: stop.signal }
    const input = await openInput(pathOf(path), access)
    onTestFinished(() => input.close())
    const source = new ImageSource('image', input, null, null, access)
    stop.abort(fault('interrupted', {}))
    await expect(take(source)).rejects.toSatisfy(fails('interrupted'))
  })
})
