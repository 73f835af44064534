/**
 * Judges messages as vmcast does: `judge.ts TRUST`. Each comes on standard input with its length in front
 * (four bytes); for each goes out one line of JSON, a `Verdict`.
 */
import { openMessage } from '../../../src/list/smime.ts'
import { verifyList } from '../../../src/list/verify.ts'
import { loadAnchors } from '../../../src/trust/anchors.ts'

export interface Verdict {
  /** That the signature is its signer’s, over just this content. */
  readonly intact: boolean
  /** And that it is a good list, by somebody who is trusted. */
  readonly accepted: boolean
  /** What it holds, if it is intact. */
  readonly content: string | null
  /** An error that is a bug. */
  readonly crash: string | null
  /** Milliseconds of computing. */
  readonly took: number
  /** Bytes: the most that this process has ever had in memory, and what it had before the first message. */
  readonly most: number
  readonly before: number
}

const [trust = ''] = process.argv.slice(2)
const anchors = await loadAnchors(trust)

function judge(bytes: Uint8Array): Pick<Verdict, 'intact' | 'accepted' | 'content'> {
  const { checks, failures } = verifyList(bytes, { anchors, now: new Date() })
  const intact = checks.some(({ name, result }) => name === 'signature' && result === 'passed')
  return { intact, accepted: failures.length === 0, content: intact ? openMessage(bytes).content : null }
}

function orCrash(bytes: Uint8Array): Pick<Verdict, 'intact' | 'accepted' | 'content' | 'crash'> {
  try {
    return { ...judge(bytes), crash: null }
  } catch (error) {
    return {
      intact: false,
      accepted: false,
      content: null,
      crash: String(error instanceof Error ? error.stack : error),
    }
  }
}

const mostOf = (): number => process.resourceUsage().maxRSS * 1024
const before = mostOf()

const chunks = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
let held: Buffer = Buffer.alloc(0)

/** The next bytes of standard input; null at its end. */
async function next(length: number): Promise<Buffer | null> {
  const parts = [held]
  for (let have = held.length; have < length;) {
    const { value } = await chunks.next()
    if (!value) return null
    parts.push(value)
    have += value.length
  }
  const all = Buffer.concat(parts)
  held = all.subarray(length)
  return all.subarray(0, length)
}

for (let head = await next(4); head; head = await next(4)) {
  const bytes = await next(head.readUInt32BE())
  if (!bytes) break
  const began = process.cpuUsage()
  const verdict = orCrash(bytes)
  const { user, system } = process.cpuUsage(began)
  const full: Verdict = { ...verdict, took: (user + system) / 1000, most: mostOf(), before }
  process.stdout.write(`${JSON.stringify(full)}\n`)
}
