import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keepHistory, moveHead } from '../../src/apply/history.ts'
import { serialize } from '../../src/list/compose.ts'
import { sign } from '../../src/list/smime.ts'
import type { DesiredImage, RemovedImage } from '../../src/model.ts'
import { openLocal } from '../../src/targets/local.ts'
import type { Target } from '../../src/targets/target.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { image, list, published, publishedImage } from './builders.ts'
import type { Pki } from './pki.ts'

/** The list whose history is kept, and the times at which it is published. */
export const ONE = list('one')
export const KEY = 'lists/one.list'
export const DEBIAN = image('debian')
export const CENTOS = image('centos')

const START = Date.now() - 1_800_000

/** The moment of the n-th publication. */
export const moment = (n: number): Date => new Date(START + n * 60_000)

/** A signed list, as vmcast would publish it at its moment. */
export async function signedList(
  signer: Signer,
  version: string,
  images: readonly DesiredImage[],
  { n = 0, of = ONE } = {},
): Promise<Uint8Array> {
  const { keys, images: entries } = published(
    of,
    images.map((one) => publishedImage(one, one.name)),
    {
      'hv:version': version,
      'dc:date:created': `${moment(n).toISOString().slice(0, 19)}Z`,
      'dc:date:expires': `${moment(1_000_000).toISOString().slice(0, 19)}Z`,
    },
  )
  const x509 = {
    'dc:creator': 'Owen Synge',
    'hv:email': 'owen@example.org',
    'hv:dn': signer.dn,
    'hv:ca': signer.ca,
  }
  const content = serialize({
    'hv:imagelist': {
      ...keys,
      'hv:endorser': { 'hv:x509': x509 },
      'hv:images': entries.map((entry) => ({ 'hv:image': entry })),
    },
  })
  return await sign(content, signer, moment(n))
}

export const removal = ({ identifier, name }: DesiredImage, reason: string): RemovedImage => ({
  action: 'remove',
  identifier,
  title: name,
  version: '0.0.1',
  reason,
  advisory: null,
})

/** A folder that a list is published to, with its history; as `publish` does, step by step. */
export class Shelf {
  readonly folder: string
  readonly target: Target
  readonly #pki: Pki
  #published = 0

  static async open(base: string, pki: Pki): Promise<Shelf> {
    return new Shelf(join(base, 'public'), await openLocal({ to: 'file:./public/' }, { base }), pki)
  }

  private constructor(folder: string, target: Target, pki: Pki) {
    this.folder = folder
    this.target = target
    this.#pki = pki
  }

  /** `through` stands between the publisher and the folder. */
  async publish(
    message: Uint8Array,
    removed: readonly RemovedImage[] = [],
    through = this.target,
  ): Promise<string[]> {
    const there = await this.target.read(KEY, 1_000_000)
    const publication = { name: 'one', message, commit: null, removed }
    const judging = { anchors: this.#pki.anchors, now: moment(++this.#published) }
    const kept = await keepHistory(publication, { target: through, key: KEY }, judging)
    await through.swap(KEY, message, there?.tag ?? null)
    return kept ? await moveHead(kept, through) : []
  }

  /** Names in the history's folder. */
  async names(): Promise<string[]> {
    return (await readdir(this.#path(''))).sort()
  }

  /** The name of the record (or the copy) of a version. */
  async nameOf(version: string, end: 'json' | 'p7m' = 'json'): Promise<string> {
    const found = (await this.names()).find(
      (name) => name.startsWith(`${version}_`) && name.endsWith(`.${end}`),
    )
    if (found === undefined) throw new Error(`version ${version} has no ${end}`)
    return found
  }

  async read(name: string): Promise<Buffer> {
    return await readFile(this.#path(name))
  }

  async json(name: string): Promise<unknown> {
    return JSON.parse((await this.read(name)).toString())
  }

  /** Past vmcast, as somebody would who got into the server. */
  async tamper(name: string, change: (text: string) => string | Uint8Array): Promise<void> {
    await writeFile(this.#path(name), change((await this.read(name)).toString()))
  }

  async add(name: string, bytes: string | Uint8Array): Promise<void> {
    await writeFile(this.#path(name), bytes)
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name))
  }

  /** Puts another list out there, past vmcast. */
  async putBack(message: Uint8Array): Promise<void> {
    await writeFile(join(this.folder, KEY), message)
  }

  #path(name: string): string {
    return join(this.folder, `${KEY}.history`, name)
  }
}
