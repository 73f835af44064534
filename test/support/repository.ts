import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseDocument } from 'yaml'
import { makeAuthority } from '../../scripts/pki.ts'
import { makeSampleRepository, type Sample } from '../../scripts/sample-repository.ts'

/** A folder of this test's own, removed at its end. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A content repository with a CA and an endorser of its own, removed at the test's end. */
export async function sampleRepository(sample: Partial<Sample> = {}): Promise<string> {
  const folder = await temporaryFolder()
  await makeSampleRepository(folder, { lists: 1, images: 2, bytes: 4096, pinned: false, ...sample })
  await makeAuthority(join(folder, 'pki'))
  return folder
}

/** Sets one key of a YAML file, in whatever form. */
export async function editYaml(root: string, key: string, file: string, value: unknown): Promise<void> {
  const path = join(root, file)
  const document = parseDocument(await readFile(path, 'utf8'))
  document.set(key, value)
  await writeFile(path, document.toString())
}
