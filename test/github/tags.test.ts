import { describe, expect, test } from 'vitest'
import { pushTag } from '../../src/github/tags.ts'
import { gitIn, type RunGit } from '../support/git.ts'
import { lost, serverError } from '../support/github.ts'
import { temporaryFolder } from '../support/repository.ts'
import { fakeGithub, jobAt } from './job.ts'

const NAME = 'published/example/0.0.1'

interface Remote {
  readonly folder: string
  readonly git: RunGit
  readonly first: string
  readonly second: string
}

/** A bare repository with two commits. */
async function remote(): Promise<Remote> {
  const folder = await temporaryFolder()
  const git = gitIn(folder)
  await git('init', '-q', '--bare')
  const tree = await git('write-tree')
  const first = await git('commit-tree', '-m', 'One', tree)
  const second = await git('commit-tree', '-m', 'Two', '-p', first, tree)
  return { folder, git, first, second }
}

async function repository() {
  const there = await remote()
  const fake = await fakeGithub({ git: there.folder })
  return { ...there, fake, ...jobAt(fake, { contents: 'write' }) }
}

describe('pushTag', () => {
  test('makes a lightweight tag, once', async () => {
    const { git, github, first } = await repository()
    expect(await pushTag(github, NAME, first)).toBe('made')
    expect(await git('rev-parse', `refs/tags/${NAME}`)).toBe(first)
    expect(await git('cat-file', '-t', `refs/tags/${NAME}`)).toBe('commit')
    expect(await pushTag(github, NAME, first)).toBe('there')
  })

  test('never moves one', async () => {
    const { git, github, first, second } = await repository()
    await git('tag', NAME, first)
    await expect(pushTag(github, NAME, second)).rejects.toMatchObject({
      code: 'github-tag-elsewhere',
      message: expect.stringContaining(first) as string,
    })
    expect(await git('rev-parse', `refs/tags/${NAME}`)).toBe(first)
  })

  test('takes no tag of a longer name for it', async () => {
    const { git, github, first, second } = await repository()
    await git('tag', `${NAME}0`, second)
    const attempt = pushTag(github, NAME, '9'.repeat(40))
    await expect(attempt).rejects.toMatchObject({ code: 'github-failed' })
    expect(await pushTag(github, NAME, first)).toBe('made')
    expect(await pushTag(github, NAME, first)).toBe('there')
  })

  test('takes no annotated tag for its own', async () => {
    const { git, github, first } = await repository()
    await git('tag', '-a', '-m', 'By hand', NAME, first)
    await expect(pushTag(github, NAME, first)).rejects.toMatchObject({ code: 'github-tag-elsewhere' })
  })

  test.each([
    ['GitHub is down at first', serverError(503)],
    ['its answer is lost', lost()],
  ])('makes it if %s', async (_, trouble) => {
    const { fake, git, github, first } = await repository()
    fake.trouble(trouble)
    expect(['made', 'there']).toContain(await pushTag(github, NAME, first))
    expect(await git('rev-parse', `refs/tags/${NAME}`)).toBe(first)
  })

  test('two that make it at once both find it there', async () => {
    const { fake, github, first } = await repository()
    const { github: other } = jobAt(fake, { contents: 'write' })
    const done = await Promise.all([pushTag(github, NAME, first), pushTag(other, NAME, first)])
    expect(done.sort()).toEqual(['made', 'there'])
  })

  test.each([
    ['a commit that GitHub does not have', NAME, '9'.repeat(40), 'Object does not exist'],
    ['a name that git does not know', 'published/ex..ample', null, 'not a valid ref name'],
  ])('says what is wrong with %s', async (_, name, sha, reason) => {
    const { github, first } = await repository()
    await expect(pushTag(github, name, sha ?? first)).rejects.toMatchObject({
      code: 'github-failed',
      message: expect.stringContaining(reason) as string,
    })
  })

  test('names the permission that is missing', async () => {
    const { fake, git, first } = await repository()
    const { github } = jobAt(fake, { contents: 'read', 'pull-requests': 'write' })
    await expect(pushTag(github, NAME, first)).rejects.toMatchObject({
      code: 'github-forbidden',
      remedy: expect.stringContaining('`contents: write`') as string,
    })
    expect(await git('tag', '--list')).toBe('')
  })
})
