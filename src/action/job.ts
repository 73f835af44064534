import type { Context } from '../commands/base.ts'
import { fault } from '../errors.ts'
import type { RunnerEvent } from '../github/event.ts'
import type { Github } from '../github/client.ts'
import type { Surroundings } from '../model.ts'
import type { Scope } from '../survey.ts'
import type { Inputs } from './inputs.ts'

/** What a step of a workflow works with. */
export interface Job {
  readonly inputs: Inputs
  readonly event: RunnerEvent
  readonly scope: Scope
  /** The folder of vmcast.yaml as it lies below where the runner works: `.`, or a path. */
  readonly folder: string
  readonly context: Context
  readonly surroundings: Surroundings
}

/** This repository at GitHub, by the job's own token. Throws `github-token-missing` where there is none. */
export async function githubOf({ event, context, surroundings }: Job): Promise<Github> {
  const { openGithub } = await import('../github/client.ts')
  const token = context.env['GITHUB_TOKEN']
  if (!token) throw fault('github-token-missing', {})
  const { signal, progress } = surroundings
  return openGithub({
    event,
    token,
    signal,
    tell: (line) => {
      progress.step(line)
    },
  })
}
