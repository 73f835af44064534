import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { startSshd, type Sshd } from '../support/servers/sshd.ts'
import { targetContract } from './contract.ts'
import { openOn } from './sftp/open.ts'

describe.each([
  ['with a shell', []],
  ['without a shell', ['ForceCommand internal-sftp']],
])('OpenSSH %s', (name, options) => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ options })
  })
  afterAll(() => sshd.stop())

  targetContract(`sftp ${name}`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'vmcast-sftp-'))
    const base = join(root, 'public')
    return {
      open: () => openOn(sshd, base),
      files: () => filesBelow(base),
      async put(key, bytes) {
        await mkdir(dirname(join(base, key)), { recursive: true })
        await writeFile(join(base, key), bytes)
      },
      remove: () => rm(root, { recursive: true }),
    }
  })
})

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  await mkdir(folder, { recursive: true })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => !one.isDirectory()).map((one) => join(one.parentPath, one.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  )
}
