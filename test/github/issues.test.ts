import { describe, expect, test } from 'vitest'
import { keepIssue } from '../../src/github/issues.ts'
import { markLine } from '../../src/github/mark.ts'
import { lost } from '../support/github.ts'
import { fakeGithub, jobAt } from './job.ts'

const MARKER = 'vmcast status .'
const wanted = (words: string) => ({
  title: 'Image lists need a hand',
  body: `${markLine(MARKER, {})}\n${words}`,
})

async function repository() {
  const fake = await fakeGithub()
  return { fake, ...jobAt(fake, { issues: 'write' }) }
}

describe('keepIssue', () => {
  test('opens one, keeps it, updates it, and closes it with a word', async () => {
    const { fake, github } = await repository()
    expect(await keepIssue(github, MARKER, null)).toBeNull()
    expect(await keepIssue(github, MARKER, wanted('one'))).toEqual({ number: 1, done: 'opened' })
    expect(await keepIssue(github, MARKER, wanted('one'))).toEqual({ number: 1, done: 'kept' })
    expect(await keepIssue(github, MARKER, wanted('two'))).toEqual({ number: 1, done: 'updated' })
    const renamed = { ...wanted('two'), title: 'Image lists end' }
    expect(await keepIssue(github, MARKER, renamed)).toEqual({ number: 1, done: 'updated' })
    expect(fake.issues).toMatchObject([{ state: 'open', ...renamed }])
    expect(await keepIssue(github, MARKER, null)).toEqual({ number: 1, done: 'closed' })
    expect(fake.issues).toMatchObject([{ state: 'closed', ...renamed }])
    expect(fake.comments).toMatchObject([{ number: 1, body: expect.stringContaining('well') as string }])
  })

  test('leaves a closed one closed, and opens another', async () => {
    const { fake, github } = await repository()
    await keepIssue(github, MARKER, wanted('one'))
    await keepIssue(github, MARKER, null)
    expect(await keepIssue(github, MARKER, null)).toBeNull()
    expect(await keepIssue(github, MARKER, wanted('two'))).toEqual({ number: 2, done: 'opened' })
    expect(fake.issues.map(({ state }) => state)).toEqual(['closed', 'open'])
  })

  test('neither edits nor closes what others wrote', async () => {
    const { fake, github } = await repository()
    const { title, body } = wanted('forged')
    fake.openIssue(title, body, { login: 'somebody', type: 'User' })
    fake.openIssue(title, 'without a marker')
    fake.openIssue(title, `${markLine('vmcast status ./other', {})}\nof another folder`)
    const SHAS = { head: { sha: '1'.repeat(40), ref: 'new' }, base: { sha: '2'.repeat(40), ref: 'main' } }
    fake.openPull({ ...SHAS, body, user: { login: 'github-actions[bot]', type: 'Bot' } })
    expect(await keepIssue(github, MARKER, null)).toBeNull()
    expect(await keepIssue(github, MARKER, wanted('real'))).toEqual({ number: 5, done: 'opened' })
    expect(fake.heard.filter(({ method }) => method === 'PATCH')).toEqual([])
    expect(fake.pulls[0]?.state).toBe('open')
  })

  test('finds its issue behind hundreds of others, and takes the oldest of two', async () => {
    const { fake, github } = await repository()
    fake.openIssue('first', wanted('one').body)
    for (let one = 0; one < 210; one++) fake.openIssue(`noise ${one}`, 'x')
    fake.openIssue('second', wanted('one').body)
    expect(await keepIssue(github, MARKER, wanted('two'))).toEqual({ number: 1, done: 'updated' })
    expect(await keepIssue(github, MARKER, null)).toEqual({ number: 1, done: 'closed' })
    expect(await keepIssue(github, MARKER, null)).toEqual({ number: 212, done: 'closed' })
  })

  test('opens one, and no two, if an answer is lost', async () => {
    const { fake, github } = await repository()
    fake.trouble(lost({ method: 'POST' }))
    expect(await keepIssue(github, MARKER, wanted('one'))).toEqual({ number: 1, done: 'kept' })
    expect(fake.issues).toHaveLength(1)
  })

  test('names the permission that is missing', async () => {
    const { fake } = await repository()
    const { github } = jobAt(fake, { issues: 'read', contents: 'write' })
    await expect(keepIssue(github, MARKER, wanted('one'))).rejects.toMatchObject({
      code: 'github-forbidden',
      remedy: expect.stringContaining('`issues: write`') as string,
    })
    expect(fake.issues).toEqual([])
  })
})
