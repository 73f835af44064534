/**
 * Publishes into a folder until it is killed: `write FOLDER` stages an image that never ends, `swap FOLDER`
 * swaps list after list; `race FOLDER TEXT` waits for a word, then publishes a first list, once. Says `ready` when it is at it.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFault } from '../../src/errors.ts'
import { openLocal } from '../../src/targets/local.ts'
import { sourceOf } from './bytes-source.ts'
import { listBytes } from './list-bytes.ts'

const [what, folder = '', content = ''] = process.argv.slice(2)
const target = await openLocal({ to: 'file:./public/' }, { base: folder })

async function* endless() {
  for (;;) {
    yield new Uint8Array(100_000)
    process.stdout.write('ready\n')
    await sleep(1)
  }
}

if (what === 'write') await target.write('~image.partial', sourceOf(endless()), () => 'image.raw')
if (what === 'swap') {
  for (let round = 0; ; round++) {
    const seen = await target.read('one.list', 1_000_000)
    await target.swap('one.list', listBytes(round), seen?.tag ?? null)
    process.stdout.write('ready\n')
  }
}
if (what === 'race') {
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  try {
    await target.swap('one.list', Buffer.from(content), null)
  } catch (error) {
    if (!isFault(error, 'target-conflict')) throw error
    process.exitCode = 3
  }
  process.stdin.destroy()
}
