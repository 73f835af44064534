import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import pLimit from 'p-limit'
import { asFailure, fault } from '../errors.ts'
import { ChecksumCache } from '../files/cache.ts'
import { hashFile } from '../files/hash.ts'
import { fits, nameOf } from '../files/magic.ts'
import type { Failure, Fault, ImageFile, Surroundings } from '../model.ts'
import { setEntry } from './edit.ts'
import { readSource, readSources, realFolder, type Source } from './read.ts'
import { textAt, textsAt } from './repository.ts'
import { writeContent } from './write.ts'

/** What became of one image's pin. */
export type Pinned =
  | { readonly name: string; readonly file: string; readonly from: string | null; readonly to: string }
  | { readonly name: string; readonly failure: Failure }

/**
 * Writes the sha512 of their files into the YAML of the named images; none named means all with a
 * `file.path`. Other faults of the repository do not matter here: a missing pin may be one of them.
 * Throws `no-repository`, `unknown-image`, `image-without-file`; what goes wrong with one image is a value.
 */
export async function pinImages(
  folder: string,
  names: readonly string[],
  { cache, progress, signal }: Pick<Surroundings, 'cache' | 'progress' | 'signal'>,
): Promise<readonly Pinned[]> {
  const root = realFolder(folder)
  const { config, images, faults } = readSources(root)
  const access = {
    // Who pins a file has chosen it, wherever it lies.
    root: '/',
    privateHosts: textsAt(config, 'allowPrivateHosts'),
    cache: new ChecksumCache(cache),
    progress,
    signal,
  }
  const limit = pLimit(availableParallelism())
  const pin = async (image: Source): Promise<Pinned> => {
    const { name, file } = image
    try {
      const { sha512, kind } = await hashFile(name, fileOf(root, image, faults), access)
      const format = textAt(image, 'hv:format')
      // Published, it would be refused, behind a review that saw nothing of it.
      if (format !== null && !fits(format, kind))
        throw fault('format-mismatch', { path: `the file of ${name}`, format, found: nameOf(kind) })
      return { name, file, from: await writePin(root, file, sha512), to: sha512 }
    } catch (error) {
      return { name, failure: asFailure(error) }
    }
  }
  return await Promise.all(chosen(images, names).map((image) => limit(() => pin(image))))
}

function chosen(images: readonly Source[], names: readonly string[]): readonly Source[] {
  if (names.length === 0) return images.filter((image) => textAt(image, 'file', 'path') !== null)
  return [...new Set(names)].map((name) => {
    const image = images.find((one) => one.name === name)
    if (!image) throw fault('unknown-image', { name, known: images.map((one) => one.name) })
    return image
  })
}

function fileOf(root: string, image: Source, faults: readonly Fault[]): ImageFile {
  const own = faults.filter(({ file }) => file === image.file)
  if (!image.value) throw fault('repository-faults', { faults: own })
  const [path, url] = [textAt(image, 'file', 'path'), textAt(image, 'file', 'url')]
  if (path !== null) return { kind: 'path', path: resolve(root, dirname(image.file), path), sha512: null }
  if (url === null) throw fault('image-without-file', { name: image.name })
  return { kind: 'url', url, sha512: '' }
}

/** Edits what stands in the file now: hashing may have taken long. Returns the pin that was there. */
async function writePin(root: string, file: string, sha512: string): Promise<string | null> {
  const source = readSource(root, file, [])
  const from = textAt(source, 'file', 'sha512')
  if (from !== sha512) {
    const text = setEntry(source.text, 'file', 'sha512', sha512)
    await writeContent(root, file, text, { replace: true })
  }
  return from
}
