import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openMessage, readUnverified } from '../../src/list/smime.ts'
import { SEED, importsSoundly, orRefused } from '../support/corpus.ts'
import { anyMutation } from '../support/mutations.ts'
import { temporaryFolder } from '../support/repository.ts'
import { MENDED_SEED, seedContent } from '../support/seed.ts'

const MUTATIONS = 4000
const CONTENT = `${seedContent(MENDED_SEED)}\n`

/** The ways of signing that OpenSSL knows, by an endorser with a key on a curve. */
const WAYS = [
  ['smime', '-sign'],
  ['smime', '-sign', '-text'],
  ['smime', '-sign', '-nodetach'],
  ['cms', '-sign', '-keyid', '-noattr'],
] as const

async function signedByOpenssl(): Promise<readonly string[]> {
  const folder = await temporaryFolder()
  const [key, certificate, content] = ['key.pem', 'cert.pem', 'list.json'].map((name) => join(folder, name))
  if (!key || !certificate || !content) throw new Error('three names give three paths')
  await writeFile(content, CONTENT)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const subject = ['-subj', '/C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge', '-days', '30']
  await execa('openssl', [
    'req',
    '-x509',
    ...curve,
    '-nodes',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ])
  const signed = await Promise.all(
    WAYS.map((way) => execa('openssl', [...way, '-signer', certificate, '-inkey', key, '-in', content])),
  )
  return signed.map(({ stdout }) => `${stdout}\n`)
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

it('a signed list, however it was changed, is refused or holds what was signed', async () => {
  const messages = [MENDED_SEED, ...(await signedByOpenssl())]
  for (const message of messages) expect(openMessage(bytesOf(message)).content.trim()).toBe(CONTENT.trim())

  let intact = 0
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...messages), anyMutation, async (message, mutate) => {
      const bytes = bytesOf(mutate(message))
      const opened = await orRefused(() => openMessage(bytes))
      const read = opened ?? (await orRefused(() => readUnverified(bytes)))
      if (read) await importsSoundly(read.content)
      if (!opened) return
      expect(JSON.parse(opened.content)).toEqual(JSON.parse(CONTENT))
      intact++
    }),
    { seed: SEED, numRuns: MUTATIONS, endOnFailure: true },
  )
  // Changes outside what is signed do no harm, and both sides of the fence are tested.
  expect(intact).toBeGreaterThan(MUTATIONS / 50)
  expect(intact).toBeLessThan(MUTATIONS / 2)
}, 600_000)
