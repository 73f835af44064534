import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { isFault, type ErrorCode } from '../../../src/errors.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'

const fails = (code: ErrorCode) => (error: unknown) => isFault(error, code)

async function at(answer: RequestListener, patience?: number) {
  const { host } = new URL(await serve(answer))
  const target = await openWebdav(
    davConfig(`dav://${host}/`, { singlePublisher: true }),
    keyringOf(),
    patience,
  )
  onTestFinished(() => target.close())
  return target
}

test('a redirect to what is no address is refused as one', async () => {
  const target = await at((_, response) => response.writeHead(302, { location: 'http://[' }).end())
  await expect(target.read('x', 10)).rejects.toSatisfy(fails('webdav-redirect'))
})
