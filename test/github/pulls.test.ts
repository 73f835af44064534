import { describe, expect, test } from 'vitest'
import { mergedPull } from '../../src/github/pulls.ts'
import { serverError } from '../support/github.ts'
import { fakeGithub, jobAt } from './job.ts'

const sha = (digit: string) => digit.repeat(40)
const pushed = (digit: string) => ({ sha: sha(digit), ref: 'main' })
const READER = { 'pull-requests': 'read' } as const
const at = (head: string) => ({
  head: { sha: head, ref: 'new' },
  base: { sha: sha('0'), ref: 'main' },
})
const AT_ONCE: number[] = []

async function repository() {
  const fake = await fakeGithub()
  return { fake, ...jobAt(fake, READER) }
}

describe('mergedPull', () => {
  test('finds the pull request of a merge commit or a squashed one', async () => {
    const { fake, github } = await repository()
    fake.openPull(at(sha('1')))
    const pull = fake.openPull(at(sha('2')))
    fake.merge(pull, sha('a'))
    expect(await mergedPull(github, pushed('a'), AT_ONCE)).toEqual({ number: pull.number, head: sha('2') })
  })

  test('of commits that were rebased, the last is the merge', async () => {
    const { fake, github } = await repository()
    const pull = fake.openPull(at(sha('3')))
    fake.merge(pull, sha('c'), [sha('b')])
    expect(await mergedPull(github, pushed('b'), AT_ONCE)).toBeNull()
    expect(await mergedPull(github, pushed('c'), AT_ONCE)).toEqual({ number: pull.number, head: sha('3') })
  })

  test.each([
    ['nobody asked for it', () => undefined],
    ['it is the trial merge of an open pull request', { mergeCommit: sha('a'), mergedAt: null }],
    [
      'its pull request was closed without a merge',
      { mergeCommit: sha('a'), mergedAt: null, state: 'closed' as const },
    ],
    [
      'it is one of many that were merged',
      { mergeCommit: sha('f'), mergedAt: '2026-01-01T00:00:00Z', commits: [sha('a')] },
    ],
    [
      'it was merged into another branch',
      {
        base: { sha: sha('0'), ref: 'anybody-may-merge-here' },
        mergeCommit: sha('a'),
        mergedAt: '2026-01-01T00:00:00Z',
      },
    ],
    [
      'it is the head of another merge',
      { head: { sha: sha('a'), ref: 'new', repository: null }, mergeCommit: sha('f') },
    ],
  ])('finds none for a commit if %s', async (_, given) => {
    const { fake, github } = await repository()
    Object.assign(fake.openPull(at(sha('1'))), given)
    expect(await mergedPull(github, pushed('a'), AT_ONCE)).toBeNull()
  })

  test('finds it behind a hundred others of the same commit', async () => {
    const { fake, github } = await repository()
    for (let one = 0; one < 120; one++) fake.openPull(at(sha('a')))
    const pull = fake.openPull(at(sha('1')))
    fake.merge(pull, sha('a'))
    expect(await mergedPull(github, pushed('a'), AT_ONCE)).toEqual({ number: 121, head: sha('1') })
  })

  test('asks again, since GitHub knows of a merge only after a while', async () => {
    const { fake, github } = await repository()
    const pull = fake.openPull(at(sha('1')))
    fake.trouble(
      { answer: { status: 200, data: [] } },
      { answer: { status: 200, data: [{ number: 1, merged_at: '2026-01-01', merge_commit_sha: null }] } },
    )
    fake.merge(pull, sha('a'))
    expect(await mergedPull(github, pushed('a'), [1, 1, 1])).toEqual({ number: pull.number, head: sha('1') })
    expect(fake.heard).toHaveLength(3)
  })

  test('asks again after a failure', async () => {
    const { fake, github } = await repository()
    const pull = fake.openPull(at(sha('1')))
    fake.merge(pull, sha('a'))
    fake.trouble(serverError())
    expect(await mergedPull(github, pushed('a'), AT_ONCE)).toEqual({ number: pull.number, head: sha('1') })
  })

  test('names the permission that is missing', async () => {
    const { fake } = await repository()
    const { github } = jobAt(fake, { contents: 'write' })
    await expect(mergedPull(github, pushed('a'))).rejects.toMatchObject({
      code: 'github-forbidden',
      remedy: expect.stringContaining('`pull-requests: read`') as string,
    })
  })
})
