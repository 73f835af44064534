import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import pLimit from 'p-limit'
import type { Verdict } from './judge.ts'

/** A message to be judged. */
export interface Case {
  /** The class that it counts for. */
  readonly kind: string
  readonly bytes: Buffer
  /** How to make it again. */
  readonly recipe: string
}

/** What came of the messages of one class. */
export interface Count {
  messages: number
  accepted: number
  /** Of those that vmcast refused: how many OpenSSL was asked about, and how many it took. */
  asked: number
  taken: number
}

export interface Judgement {
  readonly faults: readonly string[]
  readonly counts: ReadonlyMap<string, Count>
  /** Of one message, in milliseconds of computing. */
  readonly longest: number
  /** Of all of them together, in bytes beyond what the process began with. */
  readonly memory: number
}

/** One message in so many that vmcast refuses is shown to OpenSSL, for the figures. */
const SAMPLE = 20

const MOST_TIME = 1000
const MOST_MEMORY = 200 * 1024 * 1024

/**
 * Has vmcast judge every message, in a process of its own, and OpenSSL those that vmcast accepts. A fault is
 * one that OpenSSL refuses, or reads another content from, and whatever is a crash, or takes too much.
 */
export async function judge(cases: Iterable<Case>, trust: string): Promise<Judgement> {
  const limit = pLimit(2)
  const faults: string[] = []
  const counts = new Map<string, Count>()
  const asked: Promise<void>[] = []
  let [longest, memory, number] = [0, 0, 0]
  for await (const [one, verdict] of verdicts(cases, trust)) {
    const count = counts.get(one.kind) ?? { messages: 0, accepted: 0, asked: 0, taken: 0 }
    counts.set(one.kind, count)
    count.messages++
    const { accepted, intact, crash, took, most, before } = verdict
    if (accepted) count.accepted++
    if (crash !== null) faults.push(`${one.recipe}: ${crash}`)
    if (took > MOST_TIME) faults.push(`${one.recipe}: it took ${Math.round(took)} ms`)
    if (most - before > MOST_MEMORY && memory <= MOST_MEMORY)
      faults.push(`${one.recipe}: it took too much memory`)
    longest = Math.max(longest, took)
    memory = most - before
    const sampled = !accepted && number++ % SAMPLE === 0
    if (intact || sampled)
      asked.push(
        limit(async () => {
          const opinion = await ask(one.bytes, trust, accepted || !intact)
          if (sampled) count.asked++
          if (sampled && opinion.every((content) => content !== null)) count.taken++
          if (!intact) return
          if (opinion.some((content) => content === null || bare(content) !== verdict.content))
            faults.push(
              `${one.recipe}: ${opinion.map((it) => (it === null ? 'refused' : bare(it) === verdict.content ? 'same' : JSON.stringify(bare(it).slice(0, 100)))).join()} ${JSON.stringify(verdict.content?.slice(0, 100))}`,
            )
        }),
      )
  }
  await Promise.all(asked)
  return { faults, counts, longest, memory }
}

async function* verdicts(cases: Iterable<Case>, trust: string): AsyncGenerator<[Case, Verdict]> {
  const script = join(import.meta.dirname, 'judge.ts')
  const child = spawn(process.execPath, ['--max-old-space-size=150', '--import', 'tsx', script, trust], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting: Case[] = []
  const parcels = function* () {
    for (const one of cases) {
      waiting.push(one)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(one.bytes.length)
      yield Buffer.concat([length, one.bytes])
    }
  }
  // Where it dies of a message, that is told below.
  const fed = pipeline(Readable.from(parcels()), child.stdin).catch(() => undefined)
  for await (const line of createInterface(child.stdout)) {
    const one = waiting.shift()
    if (one) yield [one, JSON.parse(line) as Verdict]
  }
  await fed
  if (waiting[0]) throw new Error(`the judging process died of ${waiting[0].recipe}`)
}

/** What OpenSSL’s two programs read from a message; null where they refuse it. */
async function ask(bytes: Buffer, trust: string, chain: boolean): Promise<(string | null)[]> {
  return Promise.all(
    ['smime', 'cms'].map(async (program) => {
      const how = chain ? ['-CApath', trust] : ['-noverify']
      const { failed, stdout } = await execa('openssl', [program, '-verify', ...how], {
        input: bytes,
        reject: false,
        encoding: 'buffer',
        stripFinalNewline: false,
      })
      return failed ? null : Buffer.from(stdout).toString('utf8')
    }),
  )
}

/** The content without the part’s headers, lines ending in LF. */
function bare(part: string): string {
  const text = part.replaceAll('\r\n', '\n')
  if (text.startsWith('\n')) return text.slice(1)
  return /^[A-Za-z][A-Za-z0-9-]*:/.test(text) ? text.slice(text.indexOf('\n\n') + 2) : text
}

export function table(counts: ReadonlyMap<string, Count>): string {
  return [...counts]
    .map(
      ([kind, { messages, accepted, asked, taken }]) =>
        `${kind.padEnd(60)}${String(messages).padStart(8)}${String(accepted).padStart(10)}${String(asked).padStart(8)}${String(taken).padStart(7)}`,
    )
    .join('\n')
}
