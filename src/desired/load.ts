import { dirname, resolve } from 'node:path'
import { fault } from '../errors.ts'
import type { Desired, Fault } from '../model.ts'
import { desire } from './desire.ts'
import { askGit, type GitFacts } from './git.ts'
import { authorityPaths, readAuthorities } from './authorities.ts'
import { knownHostsFiles, readKnownHosts } from './known-hosts.ts'
import { isInside, readSources, realFolder, realPath, type Source, type Sources } from './read.ts'
import { textAt, type FilePath, type Finding, type Repository } from './repository.ts'
import { applyRules } from './rules.ts'
import { checkSchema } from './schema.ts'
import { propertiesOf, readSchema, schemaAt } from '../schemas.ts'
import { locate } from './yaml.ts'

export interface Inspection {
  /** Null if there is any error. */
  readonly desired: Desired | null
  /** Sorted by file, line and column. */
  readonly faults: readonly Fault[]
}

/** What the repository at `root` asks for. Throws `no-repository`, `git-failed`, `repository-faults`. */
export async function load(root: string): Promise<Desired> {
  const { desired, faults } = await examine(root, ({ severity }) => severity === 'error')
  if (!desired) throw fault('repository-faults', { faults })
  return desired
}

/** The same, with every fault as a value, warnings included. Throws `no-repository`, `git-failed`. */
export const inspect = (root: string): Promise<Inspection> => examine(root, () => true)

async function examine(folder: string, wanted: (one: { severity: string }) => boolean): Promise<Inspection> {
  const root = realFolder(folder)
  const answer = await askGit(root)
  const sources = readSources(root)
  const [git, authorities] = await Promise.all([
    answer(namedBy(sources.config).map((path) => resolve(root, path))),
    readAuthorities(root, authorityPaths(sources.config)),
  ])
  const repository = { ...repositoryOf(root, sources, git), authorities }
  const findings = [...checkSchemas(repository), ...applyRules(repository)]
  const texts = new Map(
    [sources.config, ...sources.lists, ...sources.images].map(({ file, text }) => [file, text]),
  )
  const faults = [
    ...sources.faults.filter(wanted),
    ...findings.filter(wanted).map((finding) => placed(finding, texts)),
  ].sort(byPlace)
  const broken = faults.some(({ severity }) => severity === 'error')
  return { faults, desired: broken ? null : desire(root, repository, git.dirty) }
}

/** Files and folders beside the content that say who signs, and who is believed. */
const namedBy = (config: Source): string[] => [
  ...[textAt(config, 'signing', 'certificate') ?? [], textAt(config, 'trust', 'ca') ?? []].flat(),
  ...authorityPaths(config),
  ...knownHostsFiles(config),
]

function repositoryOf(
  root: string,
  sources: Sources,
  { trackedKeys }: GitFacts,
): Omit<Repository, 'authorities'> {
  const { config, lists, images } = sources
  const paths = images.flatMap((image) => {
    const said = textAt(image, 'file', 'path')
    return said === null ? [] : [[image.name, pathOf(root, image, said)] as const]
  })
  const knownHosts = readKnownHosts(root, knownHostsFiles(config))
  return { config, lists, images, knownHosts, paths: new Map(paths), trackedKeys, known: knownKeys() }
}

function pathOf(root: string, image: Source, said: string): FilePath {
  const path = resolve(root, dirname(image.file), said)
  const pinned = textAt(image, 'file', 'sha512') !== null
  // What is pinned may lie anywhere; where it really lies is judged again when it is opened.
  const real = pinned ? path : realPath(path)
  return { path, real, inside: isInside(root, path) && isInside(root, real) }
}

function knownKeys(): ReadonlySet<string> {
  const list = readSchema('imagelist')
  return new Set(
    [list, schemaAt(list, ['hv:endorser', 'hv:x509']), readSchema('image')]
      .flatMap((schema) => [...propertiesOf(schema).keys()])
      .filter((key) => key.includes(':')),
  )
}

const checkSchemas = ({ config, lists, images }: Repository): readonly Finding[] => [
  ...checkSchema(config, 'vmcast'),
  ...lists.flatMap((list) => checkSchema(list, 'imagelist')),
  ...images.flatMap((image) => checkSchema(image, 'image')),
]

const placed = ({ path, at, ...finding }: Finding, texts: ReadonlyMap<string, string>): Fault => ({
  ...finding,
  ...locate(texts.get(finding.file) ?? '', path, at),
})

const byPlace = (a: Fault, b: Fault): number =>
  compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
