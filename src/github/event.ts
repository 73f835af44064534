import { readFile } from 'node:fs/promises'
import { fault } from '../errors.ts'
import { asObject, get, isObject, textOf } from '../json.ts'
import type { Json, JsonObject } from '../model.ts'

/** What this run is about, as its runner says. */
export interface RunnerEvent {
  readonly repository: { readonly owner: string; readonly name: string }
  /** Where GitHub's REST API is, without a slash at the end. */
  readonly api: string
  /** The page of this run. */
  readonly runUrl: string
  /** The commit that is checked out: of a pull request, its merge with the base. */
  readonly sha: string
  /** The branch or tag, without `refs/heads/`. */
  readonly ref: string
  readonly pull: PullRequest | null
}

export interface PullRequest {
  readonly number: number
  /** Its newest commit. */
  readonly head: string
  /** Whether it comes from another repository. */
  readonly fork: boolean
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const REPOSITORY = /^([\w-]+)\/(?!\.\.?$)([\w.-]+)$/
/** In the clear only to this machine: the token goes there. */
const API = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?(?:\/|$))/

/**
 * The event of this run, from the variables that the runner sets. The event's payload is somebody else's text: only what is used of it is
 * read, and only in the form that it must have. Throws `github-event`.
 */
export async function readEvent(env: Readonly<Record<string, string | undefined>>): Promise<RunnerEvent> {
  const variable = (name: string, form = /./): string => {
    const value = env[name] ?? ''
    if (!form.test(value)) throw fault('github-event', { reason: `${name} is missing, or malformed` })
    return value
  }
  const full = variable('GITHUB_REPOSITORY', REPOSITORY)
  const [, owner = '', name = ''] = REPOSITORY.exec(full) ?? []
  const server = variable('GITHUB_SERVER_URL', /^https?:\/\//)
  return {
    repository: { owner, name },
    api: variable('GITHUB_API_URL', API).replace(/\/$/, ''),
    runUrl: `${server}/${full}/actions/runs/${variable('GITHUB_RUN_ID', /^\d+$/)}`,
    sha: variable('GITHUB_SHA', COMMIT),
    ref: variable('GITHUB_REF_NAME'),
    pull: pullOf(await payload(variable('GITHUB_EVENT_PATH')), full),
  }
}

async function payload(path: string): Promise<JsonObject> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Json
    if (isObject(value)) return value
  } catch (error) {
    throw fault('github-event', { reason: 'the file that GITHUB_EVENT_PATH names is no JSON' }, error)
  }
  throw fault('github-event', { reason: 'the file that GITHUB_EVENT_PATH names holds no object' })
}

function pullOf(event: JsonObject, repository: string): PullRequest | null {
  const pull = get(event, 'pull_request')
  if (pull === null) return null
  const head = asObject(get(asObject(pull), 'head'))
  const number = get(asObject(pull), 'number')
  const sha = textOf(head, 'sha')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1 || !COMMIT.test(sha ?? ''))
    throw fault('github-event', { reason: 'its pull request has no number, or no commit' })
  // A fork that was deleted is null.
  const from = textOf(asObject(get(head, 'repo')), 'full_name')
  return { number, head: sha ?? '', fork: from?.toLowerCase() !== repository.toLowerCase() }
}
