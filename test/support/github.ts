import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { NOT_FOUND, refused, type Answer } from './github/answer.ts'
import { ROUTES, type Asked } from './github/routes.ts'
import {
  addComment,
  addIssue,
  addPull,
  BOT,
  type Author,
  type FakeComment,
  type FakeIssue,
  type FakePull,
  type NewPull,
  type Permissions,
  type State,
} from './github/state.ts'
import { happensTo, type Trouble } from './github/trouble.ts'

export { pullShape } from './github/shapes.ts'
export {
  hangUp,
  lost,
  primaryLimit,
  secondaryLimit,
  serverError,
  silence,
  type Trouble,
} from './github/trouble.ts'
export {
  BOT,
  type Author,
  type FakeComment,
  type FakeIssue,
  type FakePull,
  type Permissions,
} from './github/state.ts'

export interface FakeGithubOptions {
  /** As in GITHUB_REPOSITORY; default: `example/images`. */
  readonly repository?: string
  /** The bare repository in which tags are made. */
  readonly git?: string
}

interface Heard {
  readonly method: string
  readonly path: string
  readonly token: string | null
}

/**
 * A mock of that part of GitHub's REST API that vmcast uses, for one private repository. What it holds can be looked at, and changed, at
 * any time.
 */
export interface FakeGithub extends State {
  /** As in GITHUB_API_URL. */
  readonly url: string
  /** What was asked, in the order in which it came. */
  readonly heard: readonly Heard[]
  /** A new token with exactly these permissions, as that of a job. */
  readonly token: (permissions: Permissions) => string
  /** Each of these happens once: to the next request that it is meant for. */
  readonly trouble: (...troubles: readonly Trouble[]) => void
  readonly openPull: (pull: NewPull) => FakePull
  /** What the button does; `commit` is where the base branch is then, `commits` what came with it. */
  readonly merge: (pull: FakePull, commit: string, commits?: readonly string[]) => void
  readonly comment: (number: number, body: string, user?: Author) => FakeComment
  readonly openIssue: (title: string, body: string, user?: Author) => FakeIssue
  readonly close: () => Promise<void>
}

export async function startGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const { repository = 'example/images', git = null } = options
  const state: State = { repository, git, pulls: [], issues: [], comments: [] }
  const tokens = new Map<string, Permissions>()
  const heard: Heard[] = []
  const troubles: Trouble[] = []
  const server = createServer((request, response) => {
    const asked = hear(request)
    heard.push(asked)
    const next = troubles.findIndex((one) => happensTo(one, asked.method, asked.path))
    const [trouble] = next < 0 ? [] : troubles.splice(next, 1)
    void respond(request, response, trouble, () => answerTo(request, asked, state, tokens))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    token: (permissions) => {
      const token = `ghs_${randomBytes(18).toString('hex')}`
      tokens.set(token, permissions)
      return token
    },
    trouble: (...more) => void troubles.push(...more),
    openPull: (pull) => addPull(state, pull),
    merge: (pull, commit, commits = []) => {
      pull.state = 'closed'
      pull.mergedAt = new Date().toISOString()
      pull.mergeCommit = commit
      pull.commits.push(...commits)
    },
    comment: (number, body, user = BOT) => addComment(state, number, body, user),
    openIssue: (title, body, user = BOT) => addIssue(state, title, body, user),
    close: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function hear({ method = 'GET', url = '/', headers }: IncomingMessage): Heard {
  const token = /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
  return { method, path: url, token }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  trouble: Trouble | undefined,
  carryOut: () => Promise<Answer>,
): Promise<void> {
  try {
    const done = trouble && !trouble.done ? null : await carryOut()
    const answer = trouble ? trouble.answer : done
    if (answer === 'hang up') request.socket.destroy()
    if (answer === null || typeof answer === 'string') return
    const { status, headers, data } = answer
    const type = { 'content-type': 'application/json; charset=utf-8' }
    response.writeHead(status, { ...type, ...headers })
    response.end(typeof data === 'string' ? data : JSON.stringify(data))
  } catch (error) {
    console.error('The mock of GitHub failed:', error)
    response.destroy()
  }
}

async function answerTo(
  request: IncomingMessage,
  { method, path, token }: Heard,
  state: State,
  tokens: ReadonlyMap<string, Permissions>,
): Promise<Answer> {
  const body = method === 'GET' ? '{}' : await text(request)
  if (request.headers['x-github-api-version'] !== '2022-11-28')
    return refused(400, 'The mock of GitHub speaks its version 2022-11-28 only')
  const permissions = tokens.get(token ?? '')
  if (!permissions) return refused(401, token === null ? 'Requires authentication' : 'Bad credentials')
  const url = new URL(path, `http://${request.headers.host ?? ''}`)
  const within = [`/repos/${state.repository}/`, '/repositories/1/'].find((start) =>
    url.pathname.startsWith(start),
  )
  if (within === undefined) return NOT_FOUND
  const place = url.pathname.slice(within.length)
  for (const route of ROUTES) {
    const word = route.method === method ? wordOf(route.path, place) : null
    if (word === null) continue
    const asked: Asked = { state, word, url, body: JSON.parse(body) as Asked['body'] }
    const allowed = route.needs(asked).some(([what, grant]) => covers(permissions[what], grant))
    return allowed ? await route.answer(asked) : refused(403, 'Resource not accessible by integration')
  }
  return refused(404, `The mock of GitHub does not know ${method} ${place}`)
}

const covers = (given: Permissions[keyof Permissions], needed: 'read' | 'write'): boolean =>
  given === needed || (given === 'write' && needed === 'read')

/** What `place` says where `pattern` has a `*`, which is everything if it is the end; null if it is another place. */
function wordOf(pattern: string, place: string): string | null {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return pattern === place ? '' : null
  if (!place.startsWith(before) || !place.endsWith(after)) return null
  const word = place.slice(before.length, place.length - after.length)
  return word === '' || (word.includes('/') && !before.startsWith('git/')) ? null : decodeURIComponent(word)
}
