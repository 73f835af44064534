/**
 * What vmcast costs, beside what one would do without it; whole processes, in one run, as medians.
 * `npm run bench [-- --rounds N] [-- --only NAME]` prints a table and writes bench.json.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { action } from './bench/action.ts'
import type { Comparison, Limit } from './bench/comparison.ts'
import { hundredImages, image, manyLists, startUp } from './bench/folder.ts'
import { measure, median, type Run } from './bench/measure.ts'
import { s3 } from './bench/s3.ts'
import { sftp, sideBySide, slowLine } from './bench/sftp.ts'

const COMPARISONS = { startUp, image, sftp, sideBySide, slowLine, s3, hundredImages, manyLists, action }

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } },
})
const scratch = await mkdtemp(join(tmpdir(), 'vmcast-bench-'))
const results = []
try {
  for (const [name, prepare] of Object.entries(COMPARISONS)) {
    if (values.only !== undefined && name !== values.only) continue
    const comparison = await prepare(scratch)
    try {
      results.push(tell(comparison, await measure(comparison.subjects, Number(values.rounds))))
    } finally {
      await comparison.stop?.()
    }
  }
} finally {
  await rm(scratch, { recursive: true })
}
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length }
await writeFile('bench.json', `${JSON.stringify({ ...machine, results }, null, 2)}\n`)

interface Row {
  readonly subject: string
  readonly seconds: number
  readonly memory: number | null
  /** Cores that were busy, of all on the machine: with all of them, that was the limit. */
  readonly busy: number
  /** Seconds divided by those of each subject. */
  readonly ratios: Readonly<Record<string, number>>
}

/** Prints a comparison as a table, with each limit met or missed; returns it for bench.json. */
function tell({ name, subjects, limits }: Comparison, runs: ReadonlyMap<string, readonly Run[]>) {
  const rows = rowsOf(
    subjects.map((subject) => ({ subject: subject.name, runs: runs.get(subject.name) ?? [] })),
  )
  console.log(`\n${name}`)
  for (const { subject, seconds, memory, busy, ratios } of rows) {
    const size = memory === null ? '' : `${(memory / 1e6).toFixed(0)} MB`
    const compared = Object.entries(ratios).filter(([other]) => other !== subject)
    console.log(
      `  ${subject.padEnd(26)} ${seconds.toFixed(3).padStart(7)} s ${size.padStart(7)}  ${busy.toFixed(1)} of ${cpus().length} cores busy`,
    )
    for (const [other, ratio] of compared) console.log(`    ${ratio.toFixed(2).padStart(6)} × ${other}`)
  }
  const judged = limits.map((limit) => {
    const value = valueOf(limit, rows)
    const met = value <= limit.most
    console.log(
      `  ${met ? 'met   ' : 'MISSED'} ${limit.subject}: ${value.toFixed(2)} ${limit.what}, at most ${limit.most}`,
    )
    return { ...limit, value, met }
  })
  return { name, rows, limits: judged }
}

function rowsOf(measured: readonly { subject: string; runs: readonly Run[] }[]): Row[] {
  const medians = measured.map(({ subject, runs }) => ({
    subject,
    seconds: median(runs.map(({ seconds }) => seconds)),
    busy: median(runs.map(({ busy }) => busy)),
    memory: runs.some(({ memory }) => memory === null) ? null : median(runs.map(({ memory }) => memory ?? 0)),
  }))
  return medians.map((row) => ({
    ...row,
    ratios: Object.fromEntries(medians.map(({ subject, seconds }) => [subject, row.seconds / seconds])),
  }))
}

function valueOf({ subject, what }: Limit, rows: readonly Row[]): number {
  const [first] = rows
  const row = rows.find((one) => one.subject === subject)
  if (!first || !row) throw new Error(`${subject} was not measured`)
  switch (what) {
    case 'seconds':
      return row.seconds
    case 'ratio':
      return row.seconds / first.seconds
    case 'extra seconds':
      return row.seconds - first.seconds
    case 'MB':
      return (row.memory ?? Number.NaN) / 1e6
  }
}
