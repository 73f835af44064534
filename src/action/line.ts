import { existsSync } from 'node:fs'
import { Writable } from 'node:stream'
import { resolve } from 'node:path'
import { main } from '../commands/index.ts'
import { load } from '../desired/load.ts'
import { markdownBlock } from '../report/escape.ts'
import type { Inputs, InputsOf } from './inputs.ts'
import type { Job } from './job.ts'
import type { Result } from './result.ts'

/** A command that gives nothing but text: its line is run as it would be in a shell. */
export async function lineStep({ context }: Job, ...line: readonly string[]): Promise<Result> {
  const shown = tee(context.stdout)
  const told = tee(context.stderr)
  const status = await main([...line], { ...context, stdout: shown.stream, stderr: told.stream })
  const [output, errorOutput] = await Promise.all([shown.text(), told.text()])
  const errors = status === 0 ? '' : errorOutput.replace(/^[^]*?(?=^Error: )/m, '')
  return {
    status,
    outputs: {},
    summary: markdownBlock(`vmcast ${line[0] ?? ''}\n${output}${errors}`),
    // verify says in its output what is wrong.
    notes: status === 0 ? [] : [{ severity: 'error', text: errors || output, place: null }],
  }
}

export const uploadStep = (job: Job, inputs: InputsOf<'upload'>): Promise<Result> =>
  lineStep(
    job,
    ...['upload', '--repo', inputs.repo, '--plan', inputs.plan, '--out', inputs.receipts],
    ...inputs.images.flatMap((image) => ['--image', image]),
    ...allowed(inputs),
  )

/** Where nothing was uploaded, there is no folder of receipts. */
export function renderStep(job: Job, inputs: InputsOf<'render'>): Promise<Result> {
  const { plan, release, receipts } = inputs
  const given =
    receipts !== null && existsSync(resolve(job.context.cwd, receipts)) ? ['--receipts', receipts] : []
  const line = ['render', '--repo', inputs.repo, '--plan', plan, '--out', release]
  return lineStep(job, ...line, ...given, ...allowed(inputs))
}

/** Whoever signs here has approved before: nobody is asked. */
export const signStep = (job: Job, inputs: InputsOf<'sign' | 'publish'>): Promise<Result> =>
  lineStep(
    job,
    ...['sign', inputs.release, '--yes', '--repo', inputs.repo],
    ...inputs.lists.flatMap((list) => ['--list', list]),
  )

/** Every list that is named, or else every list of the repository, at its address. */
export async function verifyStep(job: Job): Promise<Result> {
  const { lists, repo } = job.inputs
  const places = lists.length > 0 ? lists : (await load(job.scope.root)).lists.map(({ uri }) => uri)
  const results: Result[] = []
  for (const place of places) results.push(await lineStep(job, 'verify', place, '--repo', repo))
  return {
    status: Math.max(0, ...results.map(({ status }) => status)),
    outputs: {},
    summary: results.map(({ summary }) => summary).join('\n'),
    notes: results.flatMap(({ notes }) => notes),
  }
}

const allowed = ({ allow }: Inputs): string[] => allow.flatMap((guard) => ['--allow', guard])

/** Lets text through, and keeps it. */
function tee(through: Writable) {
  const kept: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      kept.push(chunk.toString())
      through.write(chunk, () => {
        done()
      })
    },
  })
  /** All that was written, once it is through. */
  const text = () =>
    new Promise<string>((resolve) => {
      stream.end(() => {
        resolve(kept.join(''))
      })
    })
  return { stream, text }
}
