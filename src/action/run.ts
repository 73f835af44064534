import { relative, resolve } from 'node:path'
import * as core from '@actions/core'
import type { Context } from '../commands/base.ts'
import { surroundingsOf } from '../commands/surroundings.ts'
import { VmcastError } from '../errors.ts'
import { readEvent } from '../github/event.ts'
import { cutMarkdown } from '../report/cut.ts'
import { escapeText } from '../report/escape.ts'
import { readInputs } from './inputs.ts'
import type { Job } from './job.ts'
import { renderStep, signStep, uploadStep, verifyStep } from './line.ts'
import { planStep } from './plan.ts'
import { publishStep, reconcileStep } from './reconcile.ts'
import { failureMarkdown, failureNote, type Note, type Result } from './result.ts'
import { secretsIn } from './secrets.ts'
import { statusStep } from './status.ts'
import { validateStep } from './validate.ts'

/** GitHub takes 1 MiB of a step, in UTF-8. */
const MOST = 300_000

/** One step of a workflow: reads what it is asked, does it, and tells the runner. Returns the exit status. */
export async function runAction(context: Context): Promise<number> {
  try {
    const job = await openJob(context)
    const result = await step(job)
    await tell(result, job.event.runUrl)
    return result.status
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    await tell({ outputs: {}, summary: failureMarkdown(error), notes: [failureNote(error)] }, '')
    return error.exitCode
  }
}

async function openJob(context: Context): Promise<Job> {
  const event = await readEvent(context.env)
  // Only a runner takes these lines out of its log: elsewhere they would show what they are to hide.
  for (const secret of secretsIn(context.env)) core.setSecret(secret)
  const inputs = readInputs(context.env)
  const root = resolve(context.cwd, inputs.repo)
  const folder = relative(context.cwd, root) || '.'
  return {
    inputs,
    event,
    scope: { root, lists: inputs.lists },
    folder,
    context,
    surroundings: await surroundingsOf(context),
  }
}

function step(job: Job): Promise<Result> {
  const { inputs } = job
  switch (inputs.command) {
    case 'validate':
      return validateStep(job)
    case 'plan':
      return planStep(job, inputs)
    case 'reconcile':
      return reconcileStep(job, inputs)
    case 'status':
      return statusStep(job)
    case 'verify':
      return verifyStep(job)
    case 'upload':
      return uploadStep(job, inputs)
    case 'render':
      return renderStep(job, inputs)
    case 'sign':
      return signStep(job, inputs)
    case 'publish':
      return publishStep(job, inputs)
  }
}

async function tell({ outputs, summary, notes }: Omit<Result, 'status'>, runUrl: string): Promise<void> {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  for (const note of notes) annotate(note)
  // Whoever tries it at home has none.
  if (!process.env['GITHUB_STEP_SUMMARY']) return
  const text = cutMarkdown(
    summary,
    MOST,
    `**This is not all of it:** the rest is in the log of [this run](${runUrl}).`,
  )
  await core.summary.addRaw(text, true).write()
}

function annotate({ severity, text, place }: Note): void {
  const at = place ? { file: place.file, startLine: place.line, startColumn: place.column } : {}
  core[severity](text.split('\n').map(escapeText).join('\n'), { title: 'vmcast', ...at })
}
