/**
 * What vmcast costs, beside what one would do without it; whole processes, in one run, as medians.
 * `npm run bench [-- --rounds N] [-- --only NAME]` prints a table and writes bench.json.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hundredImages, image, manyLists, startUp, type Comparison } from './comparisons.ts'
import { measure, median, type Run } from './measure.ts'

const COMPARISONS = { startUp, image, hundredImages, manyLists }

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } },
})
const scratch = await mkdtemp(join(tmpdir(), 'vmcast-bench-'))
const results = []
try {
  for (const [name, prepare] of Object.entries(COMPARISONS)) {
    if (values.only !== undefined && name !== values.only) continue
    const comparison = await prepare(scratch)
    results.push(tell(comparison, await measure(comparison.subjects, Number(values.rounds))))
  }
} finally {
  await rm(scratch, { recursive: true })
}
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length }
await writeFile('bench.json', `${JSON.stringify({ ...machine, results }, null, 2)}\n`)

/** Prints a comparison as a table, with each limit met or missed; returns it for bench.json. */
function tell({ name, subjects, limits }: Comparison, runs: ReadonlyMap<string, readonly Run[]>) {
  const figures = subjects.map((subject) => figuresOf(subject.name, runs.get(subject.name) ?? []))
  const base = figures[0]?.seconds ?? Number.NaN
  const rows = figures.map((one) => ({ ...one, ratio: one.seconds / base, extra: one.seconds - base }))
  console.log(`\n${name}`)
  for (const { subject, seconds, ratio, memory } of rows) {
    const size = memory === null ? '' : `${(memory / 1e6).toFixed(0)} MB`
    console.log(
      `  ${subject.padEnd(28)} ${seconds.toFixed(3).padStart(8)} s  ${ratio.toFixed(2).padStart(6)} ×  ${size}`,
    )
  }
  const judged = limits.map((limit) => {
    const row = rows.find(({ subject }) => subject === limit.subject)
    const found = {
      seconds: row?.seconds,
      ratio: row?.ratio,
      'extra seconds': row?.extra,
      MB: (row?.memory ?? 0) / 1e6,
    }
    const value = found[limit.what] ?? Number.NaN
    const met = value <= limit.most
    console.log(
      `  ${met ? 'met   ' : 'MISSED'} ${limit.subject}: ${value.toFixed(2)} ${limit.what}, at most ${limit.most}`,
    )
    return { ...limit, value, met }
  })
  return { name, rows, limits: judged }
}

function figuresOf(subject: string, runs: readonly Run[]) {
  return {
    subject,
    seconds: median(runs.map(({ seconds }) => seconds)),
    memory: runs.some(({ memory }) => memory === null) ? null : median(runs.map(({ memory }) => memory ?? 0)),
  }
}
