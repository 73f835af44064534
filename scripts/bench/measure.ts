import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** One run of a whole process. */
export interface Run {
  readonly seconds: number
  /** Largest resident set, in bytes; null for programs that are not Node. */
  readonly memory: number | null
  /** How many cores of the machine were busy on average. */
  readonly busy: number
}

/** A command to measure; `prepare` runs before each run, and is not counted. */
export interface Subject {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly prepare?: () => Promise<void>
}

/** Writes its own largest resident set where the environment says, when a Node process ends. */
const REPORT_MEMORY = `data:text/javascript,${encodeURIComponent(
  "import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.BENCH_MEMORY,String(process.resourceUsage().maxRSS*1024)))",
)}`

/** Runs the subjects in turn, one after another in each round, so that a slow minute hits all of them. */
export async function measure(subjects: readonly Subject[], rounds: number): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const run = await once(subject)
      if (round > 0) runs.get(subject.name)?.push(run) // the first round warms the caches up
    }
  }
  return runs
}

async function once({ command: [file, ...args], cwd, env, prepare }: Subject): Promise<Run> {
  await prepare?.()
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-bench-'))
  const report = join(folder, 'memory')
  const node = file === process.execPath
  const [started, before] = [performance.now(), workDone()]
  await execa(file, node ? ['--import', REPORT_MEMORY, ...args] : args, {
    stdio: 'ignore',
    env: { ...env, BENCH_MEMORY: report },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const seconds = (performance.now() - started) / 1000
  const busy = (workDone() - before) / seconds
  const memory = node ? Number(await readFile(report, 'utf8')) : null
  await rm(folder, { recursive: true })
  return { seconds, memory, busy }
}

/** Seconds that all cores of the machine have worked since it was started. */
const workDone = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000

/** The middle one; of an even count the higher of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
