import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fault, systemCode } from '../errors.ts'
import { isObject } from '../json.ts'
import type { Fault, JsonObject } from '../model.ts'
import {
  BAD_NAME,
  LARGEST,
  NO_FILE,
  NO_MAPPING,
  NO_UTF8,
  OUTSIDE,
  Refusal,
  refusalOf,
  TOO_LARGE,
  wholeFile,
  YML,
} from './refusal.ts'
import { positionAt, readYaml } from './yaml.ts'

/** How images and lists may be called: what can stand in a command line, a plan and a file system. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+ -]{0,199}$/u

/** One content file. */
export interface Source {
  /** The file's name without `.yaml`. */
  readonly name: string
  /** Relative to the repository, with `/`. */
  readonly file: string
  readonly text: string
  /** Null if the file cannot be read as values; a fault then says why. */
  readonly value: JsonObject | null
}

export interface Content {
  readonly lists: readonly Source[]
  readonly images: readonly Source[]
  readonly faults: readonly Fault[]
}

export interface Sources extends Content {
  readonly config: Source
}

/**
 * Reads the content files of the repository at `root`, which is an absolute path without symbolic links.
 * One at a time: for small files that is ten times faster than any number of promises side by side.
 * Throws `no-repository`.
 */
export function readSources(root: string): Sources {
  if (!lstatSync(join(root, 'vmcast.yaml'), { throwIfNoEntry: false }))
    throw fault('no-repository', { folder: root })
  const faults: Fault[] = []
  const config = readSource(root, 'vmcast.yaml', faults)
  const content = readContent(root)
  return { ...content, config, faults: [...faults, ...content.faults] }
}

/** The same without vmcast.yaml, which need not be there yet. */
export function readContent(root: string): Content {
  const faults: Fault[] = []
  const readAll = (folder: string) =>
    listFolder(root, folder, faults).map((name) => readSource(root, `${folder}/${name}`, faults))
  return { lists: readAll('imagelists'), images: readAll('images'), faults }
}

/** The names of the YAML files in a folder of the repository, sorted; none if there is no such folder. */
function listFolder(root: string, folder: string, faults: Fault[]): readonly string[] {
  const names: string[] = []
  try {
    if (!isInside(root, realpathSync.native(join(root, folder)))) throw new Refusal(OUTSIDE)
    names.push(...readdirSync(join(root, folder)).sort())
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') faults.push(wholeFile(folder, refusalOf(error)))
  }
  for (const name of names.filter((one) => one.endsWith('.yml')))
    faults.push({ ...wholeFile(`${folder}/${name}`, YML), severity: 'warning' })
  for (const name of names.filter((one) => one.endsWith('.yaml') && !isName(one)))
    faults.push(wholeFile(`${folder}/${name}`, BAD_NAME))
  return names.filter(isName)
}

const isName = (entry: string): boolean =>
  entry.endsWith('.yaml') && isContentName(entry.slice(0, -'.yaml'.length))

/** Whether an image or a list may be called so. */
export const isContentName = (name: string): boolean => NAME.test(name)

/** One content file; what is wrong with it is added to `faults`. */
export function readSource(root: string, file: string, faults: Fault[]): Source {
  const name = file.slice(file.indexOf('/') + 1, -'.yaml'.length)
  try {
    const text = readText(root, file)
    const { value, problems } = readYaml(text)
    for (const { offset, ...problem } of problems)
      faults.push({ severity: 'error', file, ...problem, ...positionAt(text, offset) })
    if (value === undefined || isObject(value)) return { name, file, text, value: value ?? null }
    throw new Refusal(NO_MAPPING)
  } catch (error) {
    faults.push({ ...wholeFile(file, refusalOf(error)), ...(error instanceof Refusal ? error.position : {}) })
    return { name, file, text: '', value: null }
  }
}

/**
 * The text of a file, named from the repository at `root`. Never waits for a pipe, or reads a file of any
 * size. Throws a Refusal, or the system's error.
 */
export function readText(root: string, file: string): string {
  const descriptor = open(root, resolve(root, file))
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw new Refusal(NO_FILE)
    if (stat.size > LARGEST) throw new Refusal(TOO_LARGE)
    const bytes = Buffer.alloc(stat.size)
    return decode(bytes.subarray(0, readSync(descriptor, bytes)))
  } finally {
    closeSync(descriptor)
  }
}

/** Never follows a symbolic link out of the repository. */
function open(root: string, path: string): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    return openSync(path, flags)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw error
    const target = realpathSync.native(path)
    if (!isInside(root, target)) throw new Refusal(OUTSIDE)
    return openSync(target, flags)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    const mended = Buffer.from(bytes.toString())
    const good = bytes
      .subarray(
        0,
        bytes.findIndex((byte, index) => byte !== mended[index]),
      )
      .toString()
    throw new Refusal(NO_UTF8, positionAt(good, good.length))
  }
}

/** The repository at `folder` without symbolic links. Throws `no-repository`. */
export function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch (error) {
    throw fault('no-repository', { folder }, error)
  }
}

/** `path` without symbolic links; as it is where nothing is there yet. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}

export const isInside = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
