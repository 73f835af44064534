import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { startGithub, type FakeGithub, type FakePull } from '../github.ts'
import type { Event } from './event.ts'
import { commitOf, git, makeBare, merged, setRef, type How } from './git.ts'
import { readWorkflow, type Workflow } from './known.ts'
import type { Product } from './product.ts'
import { Queue } from './queue.ts'
import { groupOf, runWorkflow, type Ground, type Order, type Run } from './run.ts'

const NAME = 'example/images'
const WORKFLOWS = '.github/workflows'

/** What somebody wants to change, as an edit of a fresh checkout. */
export interface Proposal {
  readonly branch: string
  readonly edit: (folder: string) => Promise<unknown>
  readonly title?: string
  /** From a repository of somebody else's. */
  readonly fork?: boolean
}

/** A pull request, and what its last event has started. */
export interface Opened {
  readonly pull: FakePull
  readonly runs: readonly Run[]
}

/**
 * A mock of GitHub around a real bare repository: pull requests, merges, dispatches and schedules run the workflows that
 * lie in the commit that they are about.
 */
export class Hub {
  readonly github: FakeGithub
  /** Everything that happened here. */
  readonly folder: string
  readonly #ground: Ground
  readonly #queue = new Queue()
  /** One at a time writes to the repository. */
  readonly #writing = pLimit(1)
  #runs = 0
  #checkouts = 0

  static async open(product: Product, secrets: Readonly<Record<string, string>>): Promise<Hub> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'vmcast-hub-')))
    const repository = join(folder, 'repository.git')
    await makeBare(repository)
    return new Hub(folder, await startGithub({ repository: NAME, git: repository }), secrets, product)
  }

  private constructor(
    folder: string,
    github: FakeGithub,
    secrets: Readonly<Record<string, string>>,
    { folder: action, node }: Product,
  ) {
    this.folder = folder
    this.github = github
    this.#ground = {
      site: { name: NAME, api: github.url, server: 'https://github.example.org' },
      repository: join(folder, 'repository.git'),
      environments: new Map([['vmcast', { branches: ['main'], secrets }]]),
      actions: new Map([['vmcast/vmcast@v0', action]]),
      node,
      token: (permissions) => github.token(permissions),
    }
  }

  get repository(): string {
    return this.#ground.repository
  }

  async close(): Promise<void> {
    await this.github.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Somebody's checkout of a branch. */
  async checkout(branch = 'main'): Promise<string> {
    const folder = join(this.folder, `checkout-${this.#checkouts++}`)
    await git(this.folder, 'clone', '--quiet', '--branch', branch, this.repository, folder)
    return folder
  }

  /** A pull request with one commit, and what its opening runs. */
  async propose({ branch, edit, title = 'Change an image', fork = false }: Proposal): Promise<Opened> {
    const sha = await this.#commit('main', edit)
    const base = await commitOf(this.repository, 'main')
    const repository = fork ? 'somebody/images' : NAME
    if (!fork) await setRef(this.repository, `refs/heads/${branch}`, sha)
    const pull = this.github.openPull({
      ...{ title, head: { sha, ref: branch, repository } },
      base: { sha: base, ref: 'main' },
    })
    await setRef(this.repository, `refs/pull/${pull.number}/head`, sha)
    return { pull, runs: await this.#pullRequest(pull, 'opened') }
  }

  /** One more commit on a pull request. */
  async amend(pull: FakePull, edit: Proposal['edit']): Promise<readonly Run[]> {
    const head = `refs/pull/${pull.number}/head`
    pull.head.sha = await this.#commit(pull.head.sha, edit)
    await setRef(this.repository, head, pull.head.sha)
    return await this.#pullRequest(pull, 'synchronize')
  }

  /** Merges a pull request, and gives what that runs. */
  async merge(pull: FakePull, how: How = 'merge'): Promise<readonly Run[]> {
    const { before, sha } = await this.#writing(async () => {
      const main = await commitOf(this.repository, 'main')
      const commit = await merged(this.repository, main, pull.head.sha, how)
      await setRef(this.repository, 'refs/heads/main', commit)
      this.github.merge(pull, commit, how === 'merge' ? [pull.head.sha] : [])
      return { before: main, sha: commit }
    })
    return await this.#push(before, sha)
  }

  /** A commit on main that nobody has reviewed, and what it runs: nothing if it asks for that. */
  async commit(edit: Proposal['edit'], message?: string): Promise<readonly Run[]> {
    const before = await commitOf(this.repository, 'main')
    const sha = await this.#commit(before, edit, message)
    await setRef(this.repository, 'refs/heads/main', sha)
    return message?.includes('[skip ci]') ? [] : await this.#push(before, sha)
  }

  async dispatch(file: string, inputs: Readonly<Record<string, string>> = {}): Promise<Run> {
    return await this.#one(file, 'workflow_dispatch', { inputs, ref: 'refs/heads/main' }, inputs)
  }

  async schedule(file: string): Promise<Run> {
    return await this.#one(file, 'schedule', { schedule: '23 4 * * *' })
  }

  /** Commits an edit of `from` into the repository; on no branch yet. */
  async #commit(from: string, edit: Proposal['edit'], message = 'Change an image'): Promise<string> {
    const folder = await this.checkout()
    await git(folder, 'fetch', '--quiet', 'origin', await commitOf(this.repository, from))
    await git(folder, 'checkout', '--quiet', '--detach', 'FETCH_HEAD')
    await edit(folder)
    await git(folder, 'add', '--all')
    await git(folder, 'commit', '--quiet', '--message', message)
    const sha = await commitOf(folder, 'HEAD')
    await git(folder, 'push', '--quiet', 'origin', `${sha}:refs/hub/${sha}`)
    return sha
  }

  async #pullRequest(pull: FakePull, action: string): Promise<readonly Run[]> {
    const { number, title, head, base } = pull
    const ref = `refs/pull/${number}/merge`
    const sha = await merged(this.repository, await commitOf(this.repository, 'main'), head.sha, 'merge')
    await setRef(this.repository, ref, sha)
    const fork = head.repository !== NAME
    const repositoryOf = (name: string | null) => ({ full_name: name, fork: name !== NAME })
    const payload = {
      ...{ action, number, repository: repositoryOf(NAME) },
      pull_request: {
        ...{ number, title, body: pull.body, state: pull.state },
        head: { sha: head.sha, ref: head.ref, label: head.ref, repo: repositoryOf(head.repository) },
        base: { sha: base.sha, ref: base.ref, repo: repositoryOf(NAME) },
      },
    }
    const event = { ...{ ref, sha, payload, fork }, head: head.ref, base: base.ref, inputs: {} }
    return await this.#all({ name: 'pull_request', ...event }, ({ on }) => 'pull_request' in on)
  }

  async #push(before: string, after: string): Promise<readonly Run[]> {
    const ref = 'refs/heads/main'
    const payload = { ref, before, after, repository: { full_name: NAME, fork: false } }
    const event = { ref, sha: after, payload, fork: false, head: '', base: '', inputs: {} }
    return await this.#all(
      { name: 'push', ...event },
      ({ on }) => on.push?.branches.includes('main') === true,
    )
  }

  async #one(
    file: string,
    name: 'schedule' | 'workflow_dispatch',
    payload: Event['payload'],
    inputs: Event['inputs'] = {},
  ): Promise<Run> {
    const ref = 'refs/heads/main'
    const sha = await commitOf(this.repository, ref)
    const event = { name, ref, sha, fork: false, head: '', base: '', inputs }
    const whole = { ...event, payload: { ...payload, repository: { full_name: NAME, fork: false } } }
    const found = await this.#all(whole, ({ on }, path) => path === `${WORKFLOWS}/${file}` && name in on)
    const [run] = found
    if (!run) throw new Error(`${file} has no ${name}`)
    return run
  }

  /** Runs those workflows of a commit that listen to its event. */
  async #all(event: Event, wants: (workflow: Workflow, path: string) => boolean): Promise<readonly Run[]> {
    const names = await git(this.repository, 'ls-tree', '--name-only', event.sha, `${WORKFLOWS}/`)
    const orders: Order[] = []
    for (const path of names.split('\n').filter((name) => /\.ya?ml$/.test(name))) {
      const workflow = readWorkflow(await git(this.repository, 'show', `${event.sha}:${path}`), path)
      const id = ++this.#runs
      if (wants(workflow, path))
        orders.push({ id, path, workflow, event, folder: join(this.folder, 'runs', String(id)) })
    }
    return await Promise.all(orders.map((order) => this.#run(order)))
  }

  async #run(order: Order): Promise<Run> {
    await mkdir(order.folder, { recursive: true })
    const group = groupOf(order, this.#ground)
    if (group === null) return await runWorkflow(order, this.#ground)
    if (order.workflow.concurrency?.['cancel-in-progress'] && this.#queue.isBusy(group))
      throw new Error(`This runner breaks nothing off, not even ${group}`)
    const wait = order.workflow.concurrency?.queue === 'max' ? 'all' : 'newest'
    if (!(await this.#queue.enter(group, wait))) return dropped(order)
    try {
      return await runWorkflow(order, this.#ground)
    } finally {
      this.#queue.leave(group)
    }
  }
}

/** Another one has taken its place. */
const dropped = ({ id, path, event, folder }: Order): Run => ({
  ...{ id, path, event, folder, result: 'cancelled', jobs: new Map() },
  artifacts: join(folder, 'artifacts'),
})
