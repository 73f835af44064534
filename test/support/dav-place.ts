import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { TargetConfig, TargetSettings } from '../../src/model.ts'
import type { Keyring, Target } from '../../src/targets/target.ts'
import { openWebdav } from '../../src/targets/webdav.ts'
import type { Place } from '../targets/contract.ts'
import { makeOpen, type DavServer } from './servers/apache.ts'

let places = 0

/** Who a test is: nobody, but for what it says. */
export const keyringOf = (given: Partial<Keyring> = {}): Keyring => ({
  base: '/nonexistent',
  home: '/nonexistent',
  env: {},
  askPassphrase: () => Promise.reject(new Error('nobody is to be asked')),
  endorser: () => Promise.reject(new Error('the endorser’s key is not needed')),
  ...given,
})

export const davConfig = (to: string, settings: TargetSettings = {}): TargetConfig => ({
  match: 'https://images.example.org/',
  to,
  public: true,
  settings,
  hostKeys: [],
  authorities: [],
})

/** A fresh folder of a server, opened by `open` with its address. */
export async function davPlace(
  { port, root }: DavServer,
  scheme: 'dav' | 'davs',
  settings: TargetSettings = {},
  keyring: Keyring = keyringOf(),
): Promise<Place> {
  const name = `place-${places++}`
  const folder = join(root, name)
  await makeOpen(folder)
  return {
    open: (): Promise<Target> =>
      openWebdav(davConfig(`${scheme}://localhost:${port}/${name}/`, settings), keyring),
    files: () => filesBelow(folder),
    async put(key, bytes) {
      const path = join(folder, key)
      await mkdir(dirname(path), { recursive: true })
      if (dirname(path) !== folder) await makeOpen(dirname(path))
      await writeFile(`${path}.draft`, bytes)
      await chmod(`${path}.draft`, 0o666) // the server, a user of its own, may have to write into it
      await rename(`${path}.draft`, path)
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

/** All but Apache's books on locks, which it keeps beside what it serves. */
async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => !path.split(sep).includes('.DAV'))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  )
}
