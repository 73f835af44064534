import { cp, mkdir, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { execa } from 'execa'
import type { Ended, Machine } from './machine.ts'

/** Where a built-in action works: a machine in a run of a workflow. */
export interface Place {
  readonly machine: Machine
  readonly event: {
    /** The commit that is checked out if no other is asked for, and what it is called. */
    readonly sha: string
    readonly ref: string
  }
  /** The bare repository. */
  readonly repository: string
  /** Whether the job's token may read it. */
  readonly mayRead: boolean
  /** Its address at GitHub. */
  readonly origin: string
  /** The folder of the run's artefacts. */
  readonly artifacts: string
  /** The folder of the program of Node 24. */
  readonly node: string
}

type Words = Readonly<Record<string, string>>
type BuiltIn = (words: Words, place: Place) => Promise<Ended>

const DONE: Ended = { ok: true, outputs: new Map() }
const FAILED: Ended = { ok: false, outputs: new Map() }

/** What is not known of an action is refused. */
const only =
  (names: readonly string[], action: BuiltIn): BuiltIn =>
  (words, place) => {
    const odd = Object.keys(words).filter((name) => !names.includes(name))
    if (odd.length > 0) throw new Error(`This runner does not know the inputs ${odd.join(', ')}`)
    return action(words, place)
  }

/** GitHub's own actions, as far as they are used. */
export const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map([
  ['actions/checkout', only(['fetch-depth', 'persist-credentials', 'ref', 'path'], checkout)],
  ['actions/setup-node', only(['node-version', 'package-manager-cache'], setUpNode)],
  ['actions/upload-artifact', only(['name', 'path', 'include-hidden-files'], uploadArtifact)],
  ['actions/download-artifact', only(['name', 'pattern', 'path', 'merge-multiple'], downloadArtifact)],
])

/** As actions/checkout does it: all branches and tags with `fetch-depth: 0`, and no way to push. */
async function checkout(words: Words, place: Place): Promise<Ended> {
  const { machine, event, repository, mayRead, origin } = place
  if (words['persist-credentials'] !== 'false') throw new Error('This runner leaves no credentials behind')
  if (!mayRead) return failed(machine, 'Not found: the token may not read the contents')
  const folder = resolve(machine.workspace, words['path'] ?? '.')
  await mkdir(folder, { recursive: true })
  const git = (...args: string[]) => execa('git', args, { cwd: folder, reject: false, all: true })
  const { ref = '' } = words
  const from = ref === '' ? event.sha : `refs/heads/${ref}`
  const to = (ref === '' ? event.ref : from).replace(/^refs\/(?:heads\/)?/, '')
  const here = `refs/remotes/origin/${to}`
  const on = to.startsWith('pull/') ? ['--detach'] : ['-B', to]
  const fetch = ['fetch', '--quiet', `file://${repository}`]
  const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
  const isWhole = words['fetch-depth'] === '0'
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ...(isWhole ? [[...fetch, ...all]] : []),
    [...fetch, ...(isWhole ? [] : ['--depth=1', '--no-tags']), `+${from}:${here}`],
    ['checkout', '--quiet', '--force', ...on, here],
    ['remote', 'add', 'origin', origin],
  ]) {
    const { failed: isBad, all: told } = await git(...args)
    if (isBad) return failed(machine, told)
  }
  return DONE
}

function setUpNode(words: Words, { machine, node }: Place): Promise<Ended> {
  if (words['node-version'] !== '24') throw new Error('This runner has only Node 24')
  machine.prepend(node)
  return Promise.resolve(DONE)
}

/** A file or a folder; of the latter what is in it, but for what is hidden, if that is not asked for. */
async function uploadArtifact(words: Words, place: Place): Promise<Ended> {
  const { name = '', path = '', 'include-hidden-files': hidden = 'false' } = words
  const { machine, artifacts } = place
  if (path === '') return failed(machine, 'Input required and not supplied: path')
  if (/[*?[\]!\n]/.test(path)) throw new Error(`This runner looks for no pattern: ${path}`)
  if (/["':<>|*?\r\n\\/]/.test(name)) return failed(machine, `The artefact's name is not valid: ${name}`)
  const from = resolve(machine.workspace, path)
  const found = await stat(from).catch(() => null)
  const names = found?.isDirectory()
    ? (await readdir(from)).filter((one) => hidden === 'true' || !one.startsWith('.'))
    : [basename(from)]
  if (!found || names.length === 0) {
    machine.log.take(`::warning::No files were found at ${path}`)
    return DONE
  }
  const to = join(artifacts, name)
  if (await stat(to).catch(() => null)) return failed(machine, `There is an artefact ${name} already`)
  await mkdir(to, { recursive: true })
  for (const one of names)
    await cp(found.isDirectory() ? join(from, one) : from, join(to, one), { recursive: true })
  return DONE
}

async function downloadArtifact(words: Words, { machine, artifacts }: Place): Promise<Ended> {
  const { name, pattern = '', path = '.' } = words
  const there = await readdir(artifacts)
  if (name !== undefined && !there.includes(name)) return failed(machine, `There is no artefact ${name}`)
  if (name === undefined && (!/^[\w-]+\*$/.test(pattern) || words['merge-multiple'] !== 'true'))
    throw new Error(`This runner does not know the pattern ${pattern}`)
  const wanted = there.filter(
    (one) => one === name || (name === undefined && one.startsWith(pattern.slice(0, -1))),
  )
  for (const one of wanted)
    await cp(join(artifacts, one), resolve(machine.workspace, path), { recursive: true })
  return DONE
}

function failed(machine: Machine, why: string): Ended {
  machine.log.take(`::error::${why.replaceAll('%', '%25').replaceAll('\n', '%0A')}`)
  return FAILED
}
