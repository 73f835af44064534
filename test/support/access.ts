import { join } from 'node:path'
import { ChecksumCache } from '../../src/files/cache.ts'
import type { Access } from '../../src/files/source.ts'
import type { ImageFile } from '../../src/model.ts'

/** Reading image files of the repository `root`; `read` tells what was read, by title, in bytes. */
export function accessTo(root: string, privateHosts: readonly string[] = []) {
  const read = new Map<string, number>()
  const access: Access = {
    root,
    privateHosts,
    cache: new ChecksumCache(join(root, '.cache')),
    progress: {
      step: () => undefined,
      task: (name) => ({
        advance: (bytes) => void read.set(name, (read.get(name) ?? 0) + bytes),
        end: () => undefined,
      }),
    },
    signal: new AbortController().signal,
  }
  return { access, read }
}

export const pathOf = (path: string, sha512: string | null = null): ImageFile => ({
  kind: 'path',
  path,
  sha512,
})
export const urlOf = (url: string, sha512: string): ImageFile => ({ kind: 'url', url, sha512 })
