import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { TargetSettings } from '../../src/model.ts'
import { openGrid } from '../../src/targets/grid.ts'
import type { Target } from '../../src/targets/target.ts'
import type { Place } from '../targets/contract.ts'
import type { GridFtp } from './servers/gridftp.ts'
import { keyringOf, targetTo } from './targets.ts'

export async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  )
}

interface Wish {
  readonly settings?: TargetSettings
  readonly env: Readonly<Record<string, string>>
  readonly patience?: number
}

/** A target whose host may see the user's certificate. */
export const openBound = (to: string, { settings = {}, env, patience }: Wish): Promise<Target> =>
  openGrid(
    targetTo(to, { settings: { name: 'se', ...settings } }),
    keyringOf('/', { env: { VMCAST_X509_SE_HOST: to.split('/')[2] ?? '', ...env } }),
    patience,
  )

/** The folder `root` of this machine, which a server shows at `to`. */
export const folderAt = (
  root: string,
  to: string,
  settings: TargetSettings,
  env: Readonly<Record<string, string>>,
): Place => ({
  open: () => openBound(to, { settings, env }),
  files: () => filesBelow(root),
  async put(key, bytes) {
    const path = join(root, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
  },
  remove: () => rm(root, { recursive: true }),
})

/** A PATH on which the stub of dccp comes first. */
export async function stubPath({ files, env }: GridFtp): Promise<string> {
  const folder = join(dirname(files), 'stubs')
  await mkdir(folder, { recursive: true })
  for (const name of ['dccp', 'unlink', 'mkdir']) {
    await rm(join(folder, name), { force: true })
    await symlink(join(import.meta.dirname, 'dccp-stub.sh'), join(folder, name))
  }
  return `${folder}:${env['PATH'] ?? ''}`
}
