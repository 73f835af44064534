import { describe, expect, test } from 'vitest'
import { parseTime } from '../../src/dates.ts'
import { fault } from '../../src/errors.ts'
import { openGithub } from '../../src/github/client.ts'
import { findComment, keepComment } from '../../src/github/comments.ts'
import { markLine } from '../../src/github/mark.ts'
import { primaryLimit, secondaryLimit, silence, type Trouble } from '../support/github.ts'
import { fakeGithub, jobAt } from './job.ts'

const MARKER = 'vmcast plan .'
const BODY = `${markLine(MARKER, {})}\nplan`
const SHAS = { head: { sha: '1'.repeat(40), ref: 'new' }, base: { sha: '2'.repeat(40), ref: 'main' } }
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)

async function pullRequest(signal?: AbortSignal) {
  const fake = await fakeGithub()
  const { number } = fake.openPull(SHAS)
  return { fake, number, ...jobAt(fake, { 'pull-requests': 'write' }, signal) }
}

describe('a limit', () => {
  test.each([
    ['says for how many seconds', () => secondaryLimit(1)],
    ['says when it ends', () => primaryLimit(inSeconds(1))],
  ])('that ends soon, and %s, is waited for', async (_, trouble) => {
    const { fake, number, github, told } = await pullRequest()
    fake.trouble(trouble())
    expect(await keepComment(github, number, MARKER, BODY)).toBe('made')
    expect(told).toEqual([expect.stringMatching(/^GitHub has been asked too much; going on in [123] s\.$/)])
  })

  test.each([
    ['lasts for an hour', () => primaryLimit(inSeconds(3600)), 3600],
    ['lasts for ten minutes', () => secondaryLimit(600), 600],
  ])('that %s fails at once, and says when it ends', async (_, trouble, seconds) => {
    const { fake, number, github, told } = await pullRequest()
    fake.trouble(trouble())
    const error: unknown = await keepComment(github, number, MARKER, BODY).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'github-limited' })
    const [time = ''] = /\d{4}-[\d:T-]+Z/.exec(String(error)) ?? []
    const wait = ((parseTime(time)?.getTime() ?? 0) - Date.now()) / 1000
    expect(wait).toBeGreaterThan(seconds - 60)
    expect(wait).toBeLessThan(seconds + 60)
    expect([told, fake.comments, fake.heard.length]).toEqual([[], [], 1])
  })

  test('that does not end is waited for twice', async () => {
    const { fake, number, github, told } = await pullRequest()
    fake.trouble(secondaryLimit(1), secondaryLimit(1), secondaryLimit(1))
    await expect(keepComment(github, number, MARKER, BODY)).rejects.toMatchObject({ code: 'github-limited' })
    expect(told).toHaveLength(2)
    expect(fake.heard).toHaveLength(3)
  })
})

describe('a signal', () => {
  const interrupted = () => fault('interrupted', {})

  test('ends the waiting for a limit', async () => {
    const stop = new AbortController()
    const { fake, number, github, told } = await pullRequest(stop.signal)
    fake.trouble(secondaryLimit(50))
    const attempt = keepComment(github, number, MARKER, BODY)
    await expect.poll(() => told).toHaveLength(1)
    stop.abort(interrupted())
    await expect(attempt).rejects.toMatchObject({ code: 'interrupted' })
    expect(fake.heard).toHaveLength(1)
  })

  test('ends a request that is under way', async () => {
    const stop = new AbortController()
    const { fake, number, github } = await pullRequest(stop.signal)
    fake.trouble(silence())
    const attempt = keepComment(github, number, MARKER, BODY)
    await expect.poll(() => fake.heard).toHaveLength(1)
    stop.abort(interrupted())
    await expect(attempt).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('that was given before lets nothing begin', async () => {
    const { fake, number, github } = await pullRequest(AbortSignal.abort(interrupted()))
    await expect(keepComment(github, number, MARKER, BODY)).rejects.toMatchObject({ code: 'interrupted' })
    expect(fake.heard).toEqual([])
  })
})

describe('the token', () => {
  const everythingOf = (error: unknown): string =>
    error instanceof Error
      ? [error.message, error.stack, JSON.stringify(error), everythingOf(error.cause)].join('\n')
      : String(error)

  test.each<[string, (token: string) => Trouble]>([
    ['refuses', (token) => ({ answer: { status: 403, data: { message: `No, ${token}` } } })],
    ['does not know it', (token) => ({ answer: { status: 401, data: { message: `Bad ${token}` } } })],
    ['finds it wrong', (token) => ({ answer: { status: 422, data: { message: 'No', errors: [token] } } })],
  ])('is in no error, though the server %s and repeats it', async (_, trouble) => {
    const { fake, number, github, token } = await pullRequest()
    fake.trouble(trouble(token))
    const error: unknown = await keepComment(github, number, MARKER, BODY).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: expect.stringMatching(/^github-/) as string })
    expect(everythingOf(error)).not.toContain(token)
    expect(everythingOf(error)).toContain('***')
  })

  test.each(['ghs_with\nanother line', 'ghs_with snow ☃'])(
    'is in no error if no header can carry it: %j',
    async (token) => {
      const { fake } = await pullRequest()
      const event = { api: fake.url, repository: { owner: 'example', name: 'images' } }
      const signal = new AbortController().signal
      const github = openGithub({ event, token, signal, tell: () => undefined })
      const error: unknown = await findComment(github, 1, MARKER).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: expect.stringMatching(/^github-/) as string })
      expect(everythingOf(error)).not.toContain('ghs_')
    },
  )

  test('that nobody gave is refused', async () => {
    const { fake } = await pullRequest()
    const event = { api: fake.url, repository: { owner: 'example', name: 'images' } }
    const signal = new AbortController().signal
    const github = openGithub({ event, token: 'ghs_stale', signal, tell: () => undefined })
    await expect(findComment(github, 1, MARKER)).rejects.toMatchObject({
      code: 'github-forbidden',
      message: expect.stringContaining('Bad credentials') as string,
    })
  })
})

test('a server that is not there is a failure', async () => {
  const fake = await fakeGithub()
  const { github } = jobAt(fake, {})
  await fake.close()
  const attempt = findComment(github, 1, MARKER)
  await expect(attempt).rejects.toMatchObject({
    code: 'github-failed',
    message: expect.stringMatching(/ECONNREFUSED/) as string,
  })
})

test.each([
  [200, 'something else than GitHub answers'],
  [418, 'it answers 418'],
])('a page with status %d is a failure, and not quoted', async (status, reason) => {
  const { fake, number, github } = await pullRequest()
  const answer = { status, headers: { 'content-type': 'text/html' }, data: '<h1>Proxy</h1>' }
  fake.trouble({ answer }, { answer }, { answer })
  await expect(keepComment(github, number, MARKER, BODY)).rejects.toMatchObject({
    code: 'github-failed',
    message: `GitHub failed to comment on pull request #${number}: ${reason}.`,
  })
  expect(fake.comments).toEqual([])
})
