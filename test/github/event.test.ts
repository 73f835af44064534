import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VmcastError } from '../../src/errors.ts'
import { readEvent } from '../../src/github/event.ts'
import { temporaryFolder } from '../support/repository.ts'

const SHA = '1'.repeat(40)
const HEAD = '2'.repeat(40)
const pull = { number: 7, head: { sha: HEAD, ref: 'new', repo: { full_name: 'example/images' } } }

type Env = Record<string, string | undefined>

/** What a runner sets, with that payload. */
async function runner(payload: unknown, changed: Env = {}): Promise<Env> {
  const path = join(await temporaryFolder(), 'event.json')
  await writeFile(path, typeof payload === 'string' ? payload : JSON.stringify(payload))
  return {
    GITHUB_EVENT_PATH: path,
    GITHUB_REPOSITORY: 'example/images',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_RUN_ID: '12',
    GITHUB_SHA: SHA,
    GITHUB_REF_NAME: '7/merge',
    ...changed,
  }
}

describe('readEvent', () => {
  test('says what the run is about', async () => {
    expect(await readEvent(await runner({ action: 'opened', pull_request: pull }))).toEqual({
      repository: { owner: 'example', name: 'images' },
      api: 'https://api.github.com',
      runUrl: 'https://github.com/example/images/actions/runs/12',
      sha: SHA,
      ref: '7/merge',
      pull: { number: 7, head: HEAD, fork: false },
    })
  })

  test.each([
    ['the same repository', { full_name: 'Example/Images' }, false],
    ['a fork', { full_name: 'somebody/images' }, true],
    ['a fork that was deleted', null, true],
    ['nobody knows where', { full_name: 7 }, true],
  ])('knows a pull request from %s', async (_, repo, fork) => {
    const event = await readEvent(await runner({ pull_request: { ...pull, head: { ...pull.head, repo } } }))
    expect(event.pull?.fork).toBe(fork)
  })

  test('of a push, there is no pull request', async () => {
    expect(await readEvent(await runner({ ref: 'refs/heads/main', after: SHA }))).toMatchObject({
      pull: null,
    })
  })

  test('an Enterprise Server is where it says', async () => {
    const env = await runner({}, { GITHUB_API_URL: 'https://git.example.org/api/v3/' })
    expect((await readEvent(env)).api).toBe('https://git.example.org/api/v3')
  })

  test.each([
    ['GITHUB_EVENT_PATH', undefined],
    ['GITHUB_REPOSITORY', 'images'],
    ['GITHUB_REPOSITORY', 'example/images/../../other/repo'],
    ['GITHUB_REPOSITORY', 'example/..'],
    ['GITHUB_SHA', 'main'],
    ['GITHUB_RUN_ID', '../1'],
    ['GITHUB_API_URL', 'http://api.github.com'],
    ['GITHUB_API_URL', 'http://localhost.example.org/'],
    ['GITHUB_API_URL', 'http://127.0.0.1:80@example.org/'],
    ['GITHUB_API_URL', 'file:///etc'],
    ['GITHUB_SERVER_URL', 'javascript:alert(1)'],
  ])('refuses %s=%s', async (name, value) => {
    const attempt = readEvent(await runner({}, { [name]: value }))
    await expect(attempt).rejects.toMatchObject({
      code: 'github-event',
      message: expect.stringContaining(name) as string,
    })
  })

  test.each([
    ['no JSON', '{"pull_request":'],
    ['an empty file', ''],
    ['an array', []],
    ['null', null],
    ['no number', { pull_request: { ...pull, number: '7' } }],
    ['a number below zero', { pull_request: { ...pull, number: -7 } }],
    ['a number that is none', { pull_request: { ...pull, number: 7.5 } }],
    ['no commit', { pull_request: { ...pull, head: { ...pull.head, sha: 'main' } } }],
    ['no head', { pull_request: { number: 7, head: null } }],
    ['text for a pull request', { pull_request: 'https://example.org/pull/7' }],
  ])('refuses a payload with %s', async (_, payload) => {
    await expect(readEvent(await runner(payload))).rejects.toMatchObject({ code: 'github-event' })
  })

  test('refuses a payload that cannot be read', async () => {
    const folder = join(await temporaryFolder(), 'event.json')
    await mkdir(folder)
    const attempt = readEvent(await runner({}, { GITHUB_EVENT_PATH: folder }))
    await expect(attempt).rejects.toMatchObject({ code: 'github-event' })
  })

  test('reads or refuses whatever the payload is', async () => {
    const env = await runner({})
    const path = env['GITHUB_EVENT_PATH'] ?? ''
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.record({ pull_request: fc.jsonValue() }, { noNullPrototype: true }),
    )
    await fc.assert(
      fc.asyncProperty(odd, async (payload) => {
        await writeFile(path, JSON.stringify(payload))
        const answer = await readEvent(env).catch((error: unknown) => error)
        if (answer instanceof Error) expect(answer).toBeInstanceOf(VmcastError)
        else expect(answer).toMatchObject({ pull: null, sha: SHA })
      }),
      { numRuns: 200 },
    )
  })
})
