import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { pulled, sumUp, type Give } from '../../src/targets/bytes.ts'
import { openLocal } from '../../src/targets/local.ts'
import { openS3 } from '../../src/targets/s3.ts'
import type { Target } from '../../src/targets/target.ts'
import { openWebdav } from '../../src/targets/webdav.ts'
import { noise, sha512 } from '../support/bytes-source.ts'
import { davConfig, keyringOf } from '../support/dav-place.ts'
import { FlakyProxy } from '../support/flaky-proxy.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'
import { configOf } from '../support/s3-place.ts'
import { startSshd, type Sshd } from '../support/servers/sshd.ts'
import { openOn } from './sftp/open.ts'
import { fails } from '../support/faults.ts'

const SIZE = 24_000_000
const BYTES = Buffer.concat(noise(SIZE))
const SUM = { sum: sha512(BYTES), size: SIZE }
/** Milliseconds. */
const PATIENCE = 500

async function reading(target: Target): Promise<AsyncIterable<Uint8Array>> {
  const bytes = await target.bytes('x.raw')
  if (!bytes) throw new Error('it is not there')
  return bytes
}

describe('what work gives away', () => {
  /** Gives `count` pieces in the same memory; `told` is what came to pass. */
  const giving =
    (count: number, told: string[], failure?: Error) =>
    async (give: Give): Promise<boolean> => {
      const memory = new Uint8Array(1)
      try {
        for (let at = 0; at < count; at++) {
          told.push(`gives ${at}`)
          await give(memory.fill(at))
        }
        if (failure) throw failure
        return true
      } finally {
        await sleep(10)
        told.push('lets go')
      }
    }
  const pieces = async (bytes: AsyncIterable<Uint8Array> | null) => {
    const all: number[] = []
    for await (const piece of bytes ?? []) all.push(...piece)
    return all
  }

  test('is read in order, and never ahead', async () => {
    const told: string[] = []
    for await (const [piece] of (await pulled(giving(3, told))) ?? []) told.push(`reads ${piece ?? ''}`)
    const turns = [0, 1, 2].flatMap((at) => [`gives ${at}`, `reads ${at}`])
    expect(told).toEqual([...turns, 'lets go'])
  })

  test('may be nothing: absent or empty', async () => {
    expect(await pulled(() => Promise.resolve(null))).toBeNull()
    expect(await pulled(() => Promise.resolve(false))).toBeNull()
    expect(await pieces(await pulled(() => Promise.resolve(true)))).toEqual([])
  })

  test('fails at its opening, or in the midst', async () => {
    const failure = new Error('broken')
    await expect(pulled(giving(0, [], failure))).rejects.toBe(failure)
    const broken = await pulled(giving(2, [], failure))
    await expect(pieces(broken)).rejects.toBe(failure)
  })

  test.each([1, 2])('has let go of everything where the reader stops after %i', async (wanted) => {
    const told: string[] = []
    const read: number[] = []
    for await (const piece of (await pulled(giving(3, told))) ?? []) {
      read.push(...piece)
      if (read.length === wanted) break
    }
    expect(read).toHaveLength(wanted)
    expect(told.at(-1)).toBe('lets go')
    expect(told).not.toContain('gives 2')
  })
})

describe('a connection that breaks while a file is read', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEFAKEFAKEFAKE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await sshd.stop()
  })

  async function proxyTo(port: number): Promise<FlakyProxy> {
    const proxy = await FlakyProxy.start(port)
    onTestFinished(() => proxy.stop())
    return proxy
  }
  /** Whatever is asked for. */
  const web = async () =>
    await proxyTo(
      Number(
        new URL(
          await serve((_, response) => {
            response.writeHead(200, { 'content-length': SIZE, etag: '"an etag"' }).end(BYTES)
          }),
        ).port,
      ),
    )
  const opened: Record<string, () => Promise<{ target: Target; proxy: FlakyProxy }>> = {
    async sftp() {
      const folder = await temporaryFolder()
      await writeFile(join(folder, 'x.raw'), BYTES)
      const proxy = await proxyTo(sshd.port)
      const to = `sftp://${sshd.user}@127.0.0.1:${proxy.port}${folder}/`
      return { target: await openOn(sshd, folder, { to, times: { patience: PATIENCE } }), proxy }
    },
    async s3() {
      const proxy = await web()
      const endpoint = `http://127.0.0.1:${proxy.port}`
      const config = configOf({ endpoint, accessKey: '', secretKey: '' }, 'bucket')
      const env = { VMCAST_S3_STORE_HOST: new URL(endpoint).host }
      return { target: await openS3(config, { env }, { connect: PATIENCE, silence: PATIENCE }), proxy }
    },
    async dav() {
      const proxy = await web()
      return {
        target: await openWebdav(davConfig(`dav://127.0.0.1:${proxy.port}/`), keyringOf(), PATIENCE),
        proxy,
      }
    },
  }
  const cases = Object.keys(opened).flatMap((name) =>
    (['cut', 'end', 'stall'] as const).map((then) => [name, then] as const),
  )

  test.each(cases)('%s: %s', async (name, then) => {
    const { target, proxy } = (await opened[name]?.()) ?? expect.unreachable()
    onTestFinished(() => target.close())
    proxy.trouble({ way: 'to client', after: SIZE / 2, then })
    let read = 0
    const all = async () => {
      for await (const piece of await reading(target)) read += piece.length
    }
    await expect(all()).rejects.toSatisfy(fails('target-interrupted'))
    expect(read).toBeGreaterThan(0)
    expect(await sumUp(await reading(target), 'sha512')).toEqual(SUM)
  })

  test('never is none', () => {
    expect(cases).toHaveLength(9)
  })

  test.each(['file', 'sftp'])('%s: a file that is cut short meanwhile is an error', async (scheme) => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'x.raw'), BYTES)
    const target =
      scheme === 'sftp'
        ? await openOn(sshd, folder)
        : await openLocal({ to: `file:${folder}/` }, { base: folder })
    onTestFinished(() => target.close())
    const all = async () => {
      for await (const piece of await reading(target)) {
        expect(piece.length).toBeLessThan(SIZE / 4)
        await truncate(join(folder, 'x.raw'), SIZE / 2)
      }
    }
    await expect(all()).rejects.toSatisfy(fails('file-changed'))
  })

  test('a reader that takes its time costs nothing but that', async () => {
    for (const name of ['sftp', 'dav']) {
      const { target } = (await opened[name]?.()) ?? expect.unreachable()
      onTestFinished(() => target.close())
      let read = 0
      for await (const piece of await reading(target)) {
        if (read === 0) await sleep(3 * PATIENCE)
        read += piece.length
      }
      expect(read).toBe(SIZE)
    }
  })
})
