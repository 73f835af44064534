import { describe, expect, test } from 'vitest'
import { findComment, keepComment } from '../../src/github/comments.ts'
import { markLine } from '../../src/github/mark.ts'
import { hangUp, lost, serverError } from '../support/github.ts'
import { fakeGithub, jobAt } from './job.ts'

const MARKER = 'vmcast plan .'
const WRITER = { 'pull-requests': 'write' } as const
const SHAS = { head: { sha: '1'.repeat(40), ref: 'new' }, base: { sha: '2'.repeat(40), ref: 'main' } }
const SOMEBODY = { login: 'somebody', type: 'User' } as const

const body = (words: string, marker = MARKER) => `${markLine(marker, { checksum: 'v1-0' })}\n${words}`

/** A pull request and a job that may comment on it. */
async function pullRequest() {
  const fake = await fakeGithub()
  const { number } = fake.openPull(SHAS)
  return { fake, number, ...jobAt(fake, WRITER) }
}

describe('keepComment', () => {
  test('makes one comment, keeps it while it says the same, and updates it in place', async () => {
    const { fake, number, github } = await pullRequest()
    expect(await keepComment(github, number, MARKER, body('one'))).toBe('made')
    expect(await keepComment(github, number, MARKER, body('one'))).toBe('kept')
    expect(await keepComment(github, number, MARKER, body('two'))).toBe('updated')
    expect(fake.comments.map((comment) => comment.body)).toEqual([body('two')])
    expect(fake.heard.filter(({ method }) => method !== 'GET').map(({ method }) => method)).toEqual([
      'POST',
      'PATCH',
    ])
  })

  test('updates what was written, whatever a browser did to its line ends', async () => {
    const { fake, number, github } = await pullRequest()
    fake.comment(number, body('one\ntwo').replaceAll('\n', '\r\n'))
    expect(await keepComment(github, number, MARKER, body('one\ntwo\n'))).toBe('kept')
    expect(await keepComment(github, number, MARKER, body('three'))).toBe('updated')
    expect(fake.comments).toHaveLength(1)
  })

  test.each([
    ['somebody else wrote it', body('forged'), SOMEBODY],
    ['a user calls himself a bot', body('forged'), { login: 'github-actions[bot]', type: 'User' } as const],
    ['another app wrote it', body('forged'), { login: 'renovate[bot]', type: 'Bot' } as const],
    ['the marker is not on the first line', `Look:\n${body('quoted')}`, undefined],
    ['the marker is quoted', `> ${body('quoted')}`, undefined],
    ['the marker is of another folder', body('other', 'vmcast plan ./other'), undefined],
    ['the marker is of a folder of a longer name', body('other', `${MARKER} two`), undefined],
    ['the data are no JSON', `<!-- ${MARKER} {"checksum": -->\n`, undefined],
    ['the data are no object', `<!-- ${MARKER} "v1-0" -->\n`, undefined],
  ])('takes no comment for its own if %s', async (_, text, user) => {
    const { fake, number, github } = await pullRequest()
    fake.comment(number, text, user)
    expect(await findComment(github, number, MARKER)).toBeNull()
    expect(await keepComment(github, number, MARKER, body('plan'))).toBe('made')
    expect(fake.comments.map((comment) => comment.body)).toEqual([text, body('plan')])
    expect(await findComment(github, number, MARKER)).toBe(body('plan'))
  })

  test('finds its comment behind hundreds of others', async () => {
    const { fake, number, github } = await pullRequest()
    for (let one = 0; one < 250; one++) fake.comment(number, body(`forged ${one}`), SOMEBODY)
    fake.comment(number, body('old'))
    for (let one = 0; one < 150; one++) fake.comment(number, `noise ${one}`)
    expect(await keepComment(github, number, MARKER, body('new'))).toBe('updated')
    expect(fake.comments).toHaveLength(401)
    expect(fake.comments[250]?.body).toBe(body('new'))
    expect(fake.heard.filter(({ method }) => method === 'GET')).toHaveLength(5)
  })

  test('leaves other pull requests alone', async () => {
    const { fake, number, github } = await pullRequest()
    const other = fake.openPull(SHAS)
    fake.comment(other.number, body('of the other'))
    expect(await keepComment(github, number, MARKER, body('plan'))).toBe('made')
    expect(await findComment(github, other.number, MARKER)).toBe(body('of the other'))
  })

  test.each([
    ['the server is down', serverError(503, { method: 'POST' })],
    ['the connection breaks', hangUp({ method: 'POST' })],
    ['its answer is lost', lost({ method: 'POST' })],
  ])('makes one comment, and no two, if at first %s', async (_, trouble) => {
    const { fake, number, github } = await pullRequest()
    fake.trouble(trouble)
    await keepComment(github, number, MARKER, body('plan'))
    expect(fake.comments.map((comment) => comment.body)).toEqual([body('plan')])
  })

  test('fails once GitHub has failed three times', async () => {
    const { fake, number, github } = await pullRequest()
    fake.trouble(serverError(), serverError(500), serverError(504), serverError())
    await expect(keepComment(github, number, MARKER, body('plan'))).rejects.toMatchObject({
      code: 'github-failed',
      message: `GitHub failed to comment on pull request #${number}: it answers 504.`,
    })
    expect(fake.comments).toEqual([])
    expect(fake.heard).toHaveLength(3)
  })

  test.each([{}, { 'pull-requests': 'read' }, { contents: 'write' }] as const)(
    'names the permission that is missing to %j',
    async (permissions) => {
      const { fake, number } = await pullRequest()
      const { github } = jobAt(fake, permissions)
      const attempt = keepComment(github, number, MARKER, body('plan'))
      await expect(attempt).rejects.toMatchObject({
        code: 'github-forbidden',
        message: expect.stringMatching(/Resource not accessible by integration.*\(403\)/) as string,
        remedy: expect.stringContaining('`pull-requests: write`') as string,
      })
      expect(fake.comments).toEqual([])
    },
  )

  test('gives GitHub’s own reason where a conversation is locked', async () => {
    const { fake, github } = await pullRequest()
    const pull = fake.openPull(SHAS)
    pull.locked = true
    await expect(keepComment(github, pull.number, MARKER, body('plan'))).rejects.toMatchObject({
      code: 'github-forbidden',
      message: expect.stringContaining('issue is locked') as string,
    })
  })

  test('says what GitHub finds wrong with a comment', async () => {
    const { number, github } = await pullRequest()
    const attempt = keepComment(github, number, MARKER, body('x'.repeat(65_536)))
    await expect(attempt).rejects.toMatchObject({
      code: 'github-failed',
      message: expect.stringContaining('body is too long (maximum is 65536 characters)') as string,
    })
  })
})

describe('findComment', () => {
  test('needs no more than to read', async () => {
    const { fake, number } = await pullRequest()
    fake.comment(number, body('plan'))
    const { github } = jobAt(fake, { 'pull-requests': 'read' })
    expect(await findComment(github, number, MARKER)).toBe(body('plan'))
  })

  test('a pull request that is not there may be one that is hidden', async () => {
    const { github } = await pullRequest()
    const { github: any } = jobAt(await fakeGithub(), { issues: 'read', 'pull-requests': 'read' })
    await expect(findComment(any, 77, MARKER)).rejects.toMatchObject({
      code: 'github-forbidden',
      message: expect.stringContaining('Not Found') as string,
    })
    await expect(findComment(github, 77, MARKER)).rejects.toMatchObject({ code: 'github-forbidden' })
  })
})
