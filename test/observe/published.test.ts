import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { fetchPublished } from '../../src/observe/published.ts'
import { desired, list } from '../support/builders.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'
import { poolOf, targetTo } from '../support/targets.ts'

/** Looks for a list whose address answers with `status`, and whose target holds `there`. */
async function look(status: number, there: string | null, reachable = true) {
  const base = await temporaryFolder()
  const origin = await serve((_, response) => {
    response.writeHead(status).end('at its address')
  })
  if (there !== null) {
    await mkdir(join(base, 'public'))
    await writeFile(join(base, 'public/one.list'), there)
  }
  const targets = [targetTo('file:./public/', { match: `${origin}/`, public: reachable })]
  const { config } = desired([])
  const pool = poolOf(targets, base)
  const one = list('one', { uri: `${origin}/one.list` })
  const found = await fetchPublished(one, { ...config, targets }, pool, true)
  return found && Buffer.from(found.bytes).toString()
}

describe('the published list', () => {
  test('is what the target holds', async () => {
    expect(await look(200, 'at its target')).toBe('at its target')
  })

  test.each([404, 410])('is absent where its address says so too: %i', async (status) => {
    expect(await look(status, null)).toBeNull()
  })

  test('is absent where the target alone can be asked', async () => {
    expect(await look(200, null, false)).toBeNull()
  })

  test('that is at its address, and not at its target, is no first publication', async () => {
    await expect(look(200, null)).rejects.toSatisfy((error) => isFault(error, 'list-elsewhere'))
  })

  test.each([403, 500])('cannot be said to be absent where its address answers %i', async (status) => {
    await expect(look(status, null)).rejects.toSatisfy((error) => isFault(error, 'web-failed'))
  })
})
