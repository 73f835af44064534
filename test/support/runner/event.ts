import { known, valueOf, type Lookup } from './expression.ts'

/** Why workflows run. */
export interface Event {
  readonly name: 'push' | 'pull_request' | 'schedule' | 'workflow_dispatch'
  /** In full, as in `refs/heads/main`. */
  readonly ref: string
  readonly sha: string
  /** As in GITHUB_EVENT_PATH. */
  readonly payload: Readonly<Record<string, unknown>>
  /** A pull request's branches; empty elsewhere. */
  readonly head: string
  readonly base: string
  /** Whether it comes from another repository: then there are no secrets, and nothing can be written. */
  readonly fork: boolean
  /** Of a dispatch. */
  readonly inputs: Readonly<Record<string, string>>
}

/** Of every run here. */
export interface Site {
  /** `OWNER/NAME`. */
  readonly name: string
  readonly api: string
  readonly server: string
}

export interface RunFacts {
  readonly event: Event
  readonly site: Site
  readonly id: number
  readonly token: string
}

const shortOf = (ref: string): string => ref.replace(/^refs\/(?:heads|tags|pull)\//, '')

/** What programs are told of a run, but for the token. */
export const variables = ({ event, site, id }: RunFacts, payload: string): Record<string, string> => ({
  GITHUB_EVENT_NAME: event.name,
  GITHUB_EVENT_PATH: payload,
  GITHUB_REF: event.ref,
  GITHUB_REF_NAME: shortOf(event.ref),
  GITHUB_HEAD_REF: event.head,
  GITHUB_BASE_REF: event.base,
  GITHUB_SHA: event.sha,
  GITHUB_REPOSITORY: site.name,
  GITHUB_API_URL: site.api,
  GITHUB_SERVER_URL: site.server,
  GITHUB_RUN_ID: String(id),
  GITHUB_RUN_ATTEMPT: '1',
})

/** The same as expressions name it. */
export const githubContext = ({ event, site, id, token }: RunFacts): Lookup =>
  known({
    event_name: event.name,
    event: valueOf(event.payload),
    ref: event.ref,
    ref_name: shortOf(event.ref),
    sha: event.sha,
    repository: site.name,
    api_url: site.api,
    server_url: site.server,
    run_id: String(id),
    token,
  })
