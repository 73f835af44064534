import { mkdtemp, mkdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeAuthority } from '../../scripts/pki.ts'
import { makeSampleRepository, type Sample } from '../../scripts/sample-repository.ts'
import { runCli, type Ended, type Wish } from './cli-process.ts'
import { FlakyProxy } from './flaky-proxy.ts'
import { litterOf, soundLists, type Files, type Published } from './publication.ts'
import type { Kind, Service, Spot } from './published-at.ts'

/** A server with an endorser and any number of publishers, each at a place of its own. */
export class Scene {
  readonly folder: string
  readonly service: Service
  readonly #kind: Kind
  readonly #closing: (() => Promise<void>)[] = []
  #publishers = 0

  static async open(kind: Kind): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'vmcast-faults-'))
    await makeAuthority(join(folder, 'pki'))
    return new Scene(kind, folder, await kind.start(join(folder, 'pki')))
  }

  private constructor(kind: Kind, folder: string, service: Service) {
    this.folder = folder
    this.service = service
    this.#kind = kind
  }

  /** A checkout that publishes to `spot` through a proxy of its own. */
  async publisher(sample: Partial<Sample> = {}, spot?: Spot): Promise<Publisher> {
    const root = join(this.folder, `checkout-${this.#publishers++}`)
    await mkdir(root)
    await symlink(join(this.folder, 'pki'), join(root, 'pki'))
    const proxy = await FlakyProxy.start(this.service.port)
    const place = spot ?? (await this.service.place())
    if (!spot) this.#closing.push(() => place.remove())
    this.#closing.push(() => proxy.stop())
    const whole = { lists: 1, images: this.#kind.images, bytes: this.#kind.bytes, pinned: false, ...sample }
    return new Publisher({
      root,
      pki: join(this.folder, 'pki'),
      kind: this.#kind,
      spot: place,
      proxy,
      sample: whole,
    })
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close()
    await this.service.stop()
    await rm(this.folder, { recursive: true })
  }
}

interface Belongings {
  readonly root: string
  readonly pki: string
  readonly kind: Kind
  readonly spot: Spot
  readonly proxy: FlakyProxy
  readonly sample: Sample
}

/** A checkout of a sample repository, and the place that it publishes to. */
export class Publisher {
  readonly root: string
  readonly spot: Spot
  readonly proxy: FlakyProxy
  readonly env: Readonly<Record<string, string>>
  readonly #kind: Kind
  readonly #pki: string
  readonly #sample: Sample
  /** What was last seen there. */
  #files: Files = new Map()

  constructor({ root, pki, kind, spot, proxy, sample }: Belongings) {
    const { target, env } = spot.reach(proxy.port)
    this.root = root
    this.spot = spot
    this.proxy = proxy
    this.env = env
    this.#kind = kind
    this.#pki = pki
    this.#sample = { ...sample, target }
  }

  /** Another build of every image. */
  async build(number: number): Promise<void> {
    await makeSampleRepository(this.root, { ...this.#sample, build: number })
  }

  async reconcile(watch?: Wish['watch']): Promise<Ended> {
    return await this.run(watch ? { watch } : {}, 'reconcile')
  }

  async run(wish: Omit<Wish, 'cwd'>, ...args: string[]): Promise<Ended> {
    return await runCli({ ...wish, cwd: this.root, env: { ...this.env, ...wish.env } }, ...args)
  }

  /** Runs to a good end: this version published, and nothing left behind if there was anything to do. Takes older images away. */
  async finish(version: string): Promise<Ended> {
    const ended = await this.reconcile()
    expect(ended.status === 0 ? '' : ended.stdout + ended.stderr).toBe('')
    // Where a run died behind its swap, what it held is cleared up by the next one that publishes.
    if (!ended.stdout.includes('Nothing to do')) await this.expectTidy(version)
    else await Promise.all([this.expectLittle(), this.expectVersion(version)])
    return ended
  }

  async expectTidy(version: string): Promise<void> {
    const named = [...(await this.expectVersion(version)).values()].flatMap(({ images }) => images)
    const files = await this.spot.files()
    expect(litterOf(files)).toEqual([])
    for (const key of files.keys())
      if (key.startsWith('images/') && !named.includes(key)) await this.spot.drop(key)
  }

  /** Beside lists and images there is at most what a next run goes on with, or clears up. */
  async expectLittle(): Promise<void> {
    expect(litterOf(await this.spot.files()).filter((key) => !this.#kind.unfinished.test(key))).toEqual([])
  }

  /** Whatever is published is sound, and in one of these versions; '': nothing may be published, too. */
  async expectVersion(...versions: string[]): Promise<Published> {
    const files = await this.spot.files()
    const found = await soundLists(files, this.#pki, this.#files)
    this.#files = files
    for (let list = 1; list <= this.#sample.lists; list++)
      expect(versions).toContain(found.get(`lists/list-${list}.list`)?.version ?? '')
    return found
  }
}
