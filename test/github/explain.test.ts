import { describe, expect, test } from 'vitest'
import { explain, isPassing, limitOf } from '../../src/github/explain.ts'

const QUESTION = { doing: 'see', needs: 'contents: write' } as const

/** As octokit throws it. */
const refusal = (status: number, headers: Record<string, unknown> | null, message = 'No') =>
  Object.assign(new Error(message), {
    name: 'HttpError',
    status,
    ...(headers ? { response: { headers, data: { message } } } : {}),
  })

describe('limitOf', () => {
  const reset = (seconds: number) => ({
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + seconds),
  })

  test.each([
    ['the seconds that are given', refusal(403, { 'retry-after': '7' }), 7_000],
    ['the seconds before the reset', refusal(429, { 'retry-after': '7', ...reset(50) }), 7_000],
    ['a minute where nothing is said', refusal(403, {}, 'You have exceeded a secondary rate limit.'), 60_000],
    ['a minute where nothing sensible is said', refusal(429, { 'retry-after': 'soon' }), 60_000],
    ['nothing after the reset', refusal(403, reset(-90)), 0],
  ])('is %s', (_, error, wait) => {
    expect(limitOf(error)).toBe(wait)
  })

  test('is until a second after the reset', () => {
    const wait = limitOf(refusal(403, reset(50))) ?? 0
    expect(wait).toBeGreaterThan(45_000)
    expect(wait).toBeLessThanOrEqual(51_000)
  })

  test.each([
    ['a refusal', refusal(403, { 'x-ratelimit-remaining': '900' }, 'Resource not accessible by integration')],
    ['an outage', refusal(503, { 'retry-after': '7' })],
    ['a network that fails', refusal(500, null)],
    ['a bug', new TypeError('secondary rate limit')],
    ['no error', 'secondary rate limit'],
  ])('is none for %s', (_, error) => {
    expect(limitOf(error)).toBeNull()
  })
})

test('only the failures of servers and networks pass', () => {
  expect([500, 502, 503, 504].map((status) => isPassing(refusal(status, null)))).not.toContain(false)
  expect([400, 403, 404, 410, 422, 429].map((status) => isPassing(refusal(status, {})))).not.toContain(true)
  expect(isPassing(new Error('a bug'))).toBe(false)
})

describe('explain', () => {
  test.each([
    [401, 'github-forbidden'],
    [403, 'github-forbidden'],
    [404, 'github-forbidden'],
    [410, 'github-failed'],
    [422, 'github-failed'],
    [429, 'github-limited'],
    [500, 'github-failed'],
  ])('%d is %s', (status, code) => {
    expect(explain(QUESTION, refusal(status, {}), 'token')).toMatchObject({ code })
  })

  test('throws on what is a bug', () => {
    const bug = new TypeError('a bug')
    expect(() => explain(QUESTION, bug, 'token')).toThrow(bug)
  })

  test('needs no token', () => {
    expect(explain(QUESTION, refusal(403, {}, 'No'), '').message).toContain(': No (403)')
  })
})
