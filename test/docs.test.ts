import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inspect } from '../src/desired/load.ts'
import { contentRepository } from './support/content.ts'
import { makePki, type Pki } from './support/pki.ts'

let pki: Pki
beforeAll(async () => {
  pki = await makePki()
})
afterAll(() => pki.remove())

const DOCS = ['README.md', 'docs/targets.md', 'docs/signing.md']

async function snippets(file: string): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, '..', file), 'utf8')
  return [...text.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) => yaml)
}

test.each(DOCS)('every vmcast.yaml in %s is in order', async (file) => {
  const configs = (await snippets(file)).filter((one) => /^targets:/m.test(one))
  for (const config of configs) {
    const root = await contentRepository({
      // What stands for a fingerprint, or for a file that the reader has.
      'vmcast.yaml': config.replace('SHA256:…', `SHA256:${'a'.repeat(43)}`),
      'trust/ca.pem': await readFile(pki.ca.certificate),
      'imagelists/example.yaml': null,
      'images/debian-12.yaml': null,
    })
    const { faults } = await inspect(root)
    expect(
      faults.filter(({ severity }) => severity === 'error'),
      config,
    ).toEqual([])
  }
  expect(configs.length > 0 || file !== 'docs/targets.md').toBe(true)
})
