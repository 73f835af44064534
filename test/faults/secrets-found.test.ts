import { expect, test } from 'vitest'
import { secretsIn } from '../support/secrets.ts'

const secret = 'open+sesame/3 & the rest?'
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  ['as it is', `password=${secret};`],
  ['percent-encoded', `https://images.example.org/?token=${encodeURIComponent(secret)}`],
  ['in base64', base64(secret)],
  ['in base64, behind one byte', base64(`:${secret}:`)],
  ['in base64, behind two bytes', base64(`me${secret}`)],
  ['in the other base64', Buffer.from(`owen:${secret}`).toString('base64url')],
  ['as one line of several', `key: ${secret}`],
])('a secret is found %s', (how, text) => {
  const whole = how === 'as one line of several' ? `-----BEGIN\n${secret}\nnothing of this` : secret
  expect(secretsIn(text, { whole })).toEqual(['whole'])
  expect(secretsIn('open sesame', { whole })).toEqual([])
})
