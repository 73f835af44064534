import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isFault } from '../../../src/errors.ts'
import { sumUp } from '../../../src/targets/bytes.ts'
import { noise, sha512 } from '../../support/bytes-source.ts'
import { openBound } from '../../support/grid-place.ts'
import { temporaryFolder } from '../../support/repository.ts'

const BYTES = Buffer.concat(noise(1_000_000))

/** A target whose gfal-cat gives `first` and crashes, and `second` when it is run again. */
async function crashing(first: Uint8Array, second: Uint8Array, patience?: number) {
  const bin = await temporaryFolder()
  await writeFile(join(bin, '1'), first)
  await writeFile(join(bin, '2'), second)
  const script = `#!/bin/sh
echo $$ >>${bin}/runs
if [ "$(wc -l <${bin}/runs)" = 1 ]; then cat ${bin}/1; kill -ABRT $$; else cat ${bin}/2; fi
`
  await writeFile(join(bin, 'gfal-cat'), script)
  await chmod(join(bin, 'gfal-cat'), 0o755)
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  const settings = { client: 'gfal-copy' } as const
  const target = await openBound('gsiftp://se.example.org/', { env, settings, ...(patience && { patience }) })
  const bytes = await target.bytes('x.raw')
  if (!bytes) throw new Error('it is not there')
  return {
    bytes,
    runs: async () => (await readFile(join(bin, 'runs'), 'utf8')).trim().split('\n').map(Number),
  }
}

test.each([
  ['before its first byte', 0],
  ['in the midst', 400_001],
  ['after its last byte', BYTES.length],
])(
  'a program that crashes %s is run again, and what it gave before is not given twice',
  async (_, length) => {
    const { bytes, runs } = await crashing(BYTES.subarray(0, length), BYTES)
    expect(await sumUp(bytes, 'sha512')).toEqual({ sum: sha512(BYTES), size: BYTES.length })
    expect(await runs()).toHaveLength(2)
  },
)

test.each([
  ['other', Buffer.concat([Buffer.from('x'), BYTES.subarray(1)])],
  ['fewer', BYTES.subarray(0, 300_000)],
  ['no', Buffer.alloc(0)],
])('%s bytes at the second time are an error', async (_, second) => {
  const { bytes } = await crashing(BYTES.subarray(0, 400_001), second)
  await expect(sumUp(bytes, 'sha512')).rejects.toSatisfy((error) => isFault(error, 'file-changed'))
})

test('a reader may take its time, and the program ends with a reader who stops', async () => {
  const { bytes, runs } = await crashing(BYTES, BYTES, 300)
  let read = 0
  for await (const piece of bytes) {
    if (read === 0) await sleep(1000)
    read += piece.length
    if (read > BYTES.length / 2) break
  }
  const [pid = 0] = await runs()
  await expect.poll(() => isRunning(pid)).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
