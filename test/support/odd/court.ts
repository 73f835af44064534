import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pLimit from 'p-limit'
import type { Verdict } from './judge.ts'

/** A message to be judged. */
export interface Case {
  /** The class that it counts for. */
  readonly kind: string
  readonly bytes: Buffer
  /** How to make it again. */
  readonly recipe: string
  /** Those of OpenSSL’s that can read such messages; both, if it is not said. */
  readonly programs?: readonly ('smime' | 'cms')[]
}

/** What came of the messages of one class. */
interface Count {
  messages: number
  accepted: number
  /** Of those that vmcast refused: how many OpenSSL was asked about, and how many it took. */
  asked: number
  taken: number
}

export interface Judgement {
  readonly faults: readonly string[]
  readonly messages: number
  readonly counts: ReadonlyMap<string, Count>
  /** Of one message, in milliseconds of computing. */
  readonly longest: number
  /** Of all of them, in milliseconds of computing. */
  readonly total: number
  /** Of all of them together, in bytes beyond what the process began with. */
  readonly memory: number
}

const MOST_TIME = 1000
const MOST_MEMORY = 200 * 2 ** 20

/**
 * Has vmcast judge every message, in a process of its own, and OpenSSL those that vmcast accepts. A fault is
 * one that OpenSSL refuses, or reads another content from, and whatever is a crash, or takes too much. Of those
 * that vmcast refuses, one in `sample` is shown to OpenSSL, for the figures.
 */
export async function judge(cases: Iterable<Case>, trust: string, sample: number): Promise<Judgement> {
  const limit = pLimit(2)
  const faults: string[] = []
  const counts = new Map<string, Count>()
  const asked: Promise<void>[] = []
  let [longest, memory, messages, total] = [0, 0, 0, 0]
  for await (const [one, verdict] of verdicts(cases, trust)) {
    const count = counts.get(one.kind) ?? { messages: 0, accepted: 0, asked: 0, taken: 0 }
    counts.set(one.kind, count)
    count.messages++
    if (verdict.accepted) count.accepted++
    faults.push(...ownFaults(verdict, memory).map((fault) => `${one.recipe}: ${fault}`))
    longest = Math.max(longest, verdict.took)
    total += verdict.took
    memory = verdict.most - verdict.before
    // By key identifier, OpenSSL finds no certificate that is broken; vmcast does, and refuses its chain.
    if (verdict.accepted || (verdict.intact && one.programs?.includes('smime') !== false))
      asked.push(
        limit(async () => {
          const fault = disagreement(verdict, await ask(one, trust, verdict.accepted))
          if (fault !== null) faults.push(`${one.recipe}: ${fault}`)
        }),
      )
    else if (messages % sample === 0)
      asked.push(
        limit(async () => {
          count.asked++
          if (!(await ask(one, trust, true)).includes(null)) count.taken++
        }),
      )
    messages++
  }
  await Promise.all(asked)
  return { faults, messages, counts, longest, memory, total }
}

/** `memory`: what all messages before took. */
function ownFaults({ crash, took, most, before }: Verdict, memory: number): string[] {
  const grown = most - before
  return [
    ...(crash === null ? [] : [crash]),
    ...(took > MOST_TIME ? [`it took ${Math.round(took)} ms`] : []),
    ...(grown > MOST_MEMORY && memory <= MOST_MEMORY ? [`it took the memory to ${grown} bytes`] : []),
  ]
}

/** `opinions`: the contents that OpenSSL’s programs read; null where they refuse. */
function disagreement({ accepted, content }: Verdict, opinions: readonly (string | null)[]): string | null {
  const what = accepted ? 'accepted' : 'intact'
  if (opinions.includes(null))
    return `it is ${what}, and OpenSSL refuses it (${opinions.map((one) => one === null).join()})`
  const other = opinions.find((one) => one !== null && bare(one) !== content)
  return other === undefined ? null : `it is ${what}, and OpenSSL reads ${JSON.stringify(other)}`
}

async function* verdicts(cases: Iterable<Case>, trust: string): AsyncGenerator<[Case, Verdict]> {
  const script = join(import.meta.dirname, 'judge.ts')
  // Garbage that is not swept yet is not what a message takes: with a small nursery, it is swept early (Node 24’s is large).
  const settings = ['--max-old-space-size=150', '--max-semi-space-size=4', '--import', 'tsx']
  const child = spawn(process.execPath, [...settings, script, trust], {
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

/** What OpenSSL’s programs read from a message; null where they refuse it. */
function ask(
  { bytes, programs = ['smime', 'cms'] }: Case,
  trust: string,
  chain: boolean,
): Promise<(string | null)[]> {
  const how = chain ? ['-CApath', trust] : ['-noverify']
  return Promise.all(programs.map((program) => read([program, '-verify', ...how], bytes)))
}

/** What openssl writes; null if it fails. Two thousand times, so without the comforts that cost time. */
function read(options: readonly string[], input: Buffer): Promise<string | null> {
  return new Promise((resolve) => {
    const { stdin } = execFile('openssl', options, { maxBuffer: 2 ** 26 }, (error, stdout) => {
      resolve(error ? null : stdout)
    })
    // It need not read all of what it refuses.
    stdin?.on('error', () => undefined).end(input)
  })
}

/** The content without the part’s headers, lines ending in LF. */
function bare(part: string): string {
  const text = part.replaceAll('\r\n', '\n')
  if (text.startsWith('\n')) return text.slice(1)
  return /^[A-Za-z][A-Za-z0-9-]*:/.test(text) ? text.slice(text.indexOf('\n\n') + 2) : text
}

/** What came of them, for people. */
export function table({ counts, longest, memory, messages, total }: Judgement): string {
  const row = (name: string, ...numbers: (number | string)[]) =>
    name.padEnd(30) + numbers.map((one) => String(one).padStart(20)).join('')
  return [
    row('', 'messages', 'accepted by both', 'refused by vmcast', 'of these, asked', 'OpenSSL accepts'),
    ...Array.from(counts, ([kind, { messages, accepted, asked, taken }]) =>
      row(kind, messages, accepted, messages - accepted, asked, taken),
    ),
    `At most ${Math.round(longest)} ms, on average ${(total / messages).toFixed(1)} ms; ${Math.round(memory / 2 ** 20)} MiB for all of them.`,
  ].join('\n')
}
