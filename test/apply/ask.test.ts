import { expect, onTestFinished, test } from 'vitest'
import { askAddresses } from '../../src/apply/ask.ts'
import { VmcastError } from '../../src/errors.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'
import { poolOf, targetTo } from '../support/targets.ts'

/** Asks for one image of 4 bytes at `uri`; the target is served at `match`. */
async function ask(match: string, uri: string): Promise<string> {
  const targets = [targetTo('file:./public/', { match })]
  const pool = poolOf(targets, await temporaryFolder())
  onTestFinished(() => pool.close())
  const image = { 'dc:title': 'Debian 12', 'hv:uri': uri, 'hv:size': 4 }
  try {
    await askAddresses([image], targets, pool)
    return 'found'
  } catch (error) {
    if (error instanceof VmcastError) return error.code
    throw error
  }
}

test('an image is asked for on the web; where our own server fails, the way out is another than elsewhere', async () => {
  const origin = await serve(({ url }, response) => {
    response.statusCode = url?.startsWith('/gone') ? 404 : url?.startsWith('/secret') ? 403 : 200
    const body = url?.startsWith('/short') ? 'dis' : 'disk'
    response.setHeader('content-length', body.length)
    response.end(body)
  })
  const elsewhere = 'https://images.example.org/'
  expect(await ask(`${origin}/`, `${origin}/image`)).toBe('found')
  expect(await ask(`${origin}/`, `${origin}/gone`)).toBe('image-address-missing')
  expect(await ask(`${origin}/`, `${origin}/short`)).toBe('image-address-size')
  expect(await ask(`${origin}/`, `${origin}/secret`)).toBe('image-address-unasked')
  expect(await ask(elsewhere, `${origin}/secret`)).toBe('web-failed')
})
