import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Job } from '../../src/action/job.ts'
import { planStep } from '../../src/action/plan.ts'
import { reconcileStep } from '../../src/action/reconcile.ts'
import { statusStep } from '../../src/action/status.ts'
import { surroundingsOf } from '../../src/commands/surroundings.ts'
import { readMark } from '../../src/github/mark.ts'
import { fakeGithub } from '../github/job.ts'
import { beginGit } from '../support/git.ts'
import type { FakeGithub, Permissions } from '../support/github.ts'
import { sampleRepository } from '../support/repository.ts'

/*
 * What a step does where something fails in the middle of it; its ways that succeed are played by the runner.
 */

const HEAD = '2'.repeat(40)
const COMMON = { repo: '.', lists: [], allow: [], comment: true } as const
const UNBOUND = { ...COMMON, expect: null }

/** A step in `root`, with a token that may do so much. */
async function jobIn(root: string, fake: FakeGithub, may: Permissions, inputs: Job['inputs']): Promise<Job> {
  const [owner = '', name = ''] = fake.repository.split('/')
  const context = {
    env: { HOME: join(root, 'home'), RUNNER_TEMP: join(root, 'temp'), GITHUB_TOKEN: fake.token(may) },
    ...{ stdin: new PassThrough(), stdout: new PassThrough().resume(), stderr: new PassThrough().resume() },
    ...{ colorDepth: 1, cwd: root, now: () => new Date(), signal: new AbortController().signal },
  }
  const number = fake.pulls[0]?.number
  return {
    ...{ inputs, scope: { root, lists: [] }, folder: '.', context },
    event: {
      ...{ repository: { owner, name }, api: fake.url, runUrl: `${fake.url}/runs/1`, sha: HEAD, ref: 'main' },
      pull: number === undefined ? null : { number, head: HEAD, fork: false },
    },
    surroundings: await surroundingsOf(context),
  }
}

test('status tells how lists stand where it may keep no issue, and fails', async () => {
  const root = await sampleRepository()
  const job = await jobIn(root, await fakeGithub(), { contents: 'read' }, { ...COMMON, command: 'status' })
  const { status, summary, notes } = await statusStep(job)
  expect(status).toBe(1)
  expect(summary).toContain('It is in git, and not published.')
  expect(
    notes
      .filter(({ severity }) => severity === 'error')
      .map(({ text }) => text)
      .join(),
  ).toContain('issues: write')
})

test('a plan that fails takes the place of the one that the comment showed, and approves nothing', async () => {
  const root = await sampleRepository()
  await mkdir(join(root, 'temp'))
  const fake = await fakeGithub()
  fake.openPull({ head: { sha: HEAD, ref: 'new' }, base: { sha: '0'.repeat(40), ref: 'main' } })
  const inputs = { ...UNBOUND, command: 'plan' } as const
  const job = await jobIn(root, fake, { 'pull-requests': 'write' }, inputs)
  const mark = () => readMark('vmcast plan .', fake.comments[0]?.body ?? '')
  await planStep(job, inputs)
  expect(mark()).toMatchObject({ head: HEAD, checksum: expect.stringContaining('v1-') as string })
  await rm(join(root, 'pki/ca'), { recursive: true })
  await expect(planStep(job, inputs)).rejects.toMatchObject({ name: 'VmcastError' })
  expect(mark()).toEqual({ head: HEAD })
  expect(fake.comments).toHaveLength(1)
  expect(fake.comments[0]?.body).toContain('vmcast failed')
})

test('what is published is tagged, whatever then keeps the outputs from being written', async () => {
  const root = await sampleRepository()
  await beginGit(root)
  const fake = await fakeGithub({ git: join(root, '.git') })
  const inputs = { ...UNBOUND, command: 'reconcile' } as const
  const job = await jobIn(root, fake, { contents: 'write' }, inputs)
  await expect(reconcileStep(job, inputs)).rejects.toMatchObject({ code: 'step-file-unwritable' })
  expect(fake.heard.map(({ method, path }) => `${method} ${path}`).join()).toMatch(/POST \S+\/git\/refs/)
})
