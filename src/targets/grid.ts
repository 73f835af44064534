import { parseDestination } from '../address.ts'
import { fault } from '../errors.ts'
import type { Digest, Tag, TargetConfig } from '../model.ts'
import { collect } from './bytes.ts'
import type { Client } from './grid/client.ts'
import { dccp } from './grid/dccp.ts'
import { DirectWriter } from './grid/direct.ts'
import { gfal } from './grid/gfal.ts'
import { globusUrlCopy } from './grid/globus.ts'
import { placeAt, type Place, type Writer } from './grid/place.ts'
import { Programs } from './grid/programs.ts'
import { SPEAKERS, type ClientName } from './grid/speakers.ts'
import { StagedWriter } from './grid/staged.ts'
import { readBack } from './grid/sums.ts'
import { hostOf } from './https/login.ts'
import { requireBinding, secretName } from './secret.ts'
import type { Keyring, Source, Stat, Target } from './target.ts'
import { safeKey } from './key.ts'

type Make = (programs: Programs, scheme: string) => Client

const CLIENTS: Readonly<Record<ClientName, Make>> = {
  dccp,
  'globus-url-copy': globusUrlCopy,
  'gfal-copy': gfal,
}

/**
 * A grid storage element, through the programs that its users have. These show the user's certificate to
 * whatever host they are sent to, and may let it act as the user: so the host has to be bound, as for a secret.
 * Throws `target-address`, `grid-client`, `grid-name`, `secret-unbound`.
 * `patience`: milliseconds without a sign of life after which a program is ended.
 */
export function openGrid(config: TargetConfig, keyring: Keyring, patience?: number): Promise<Target> {
  const { to, settings } = config
  const destination = parseDestination(to)
  if (!destination)
    throw fault('target-address', { reason: 'it is not of the form scheme://host:port/path/' })
  const { scheme, user, path } = destination
  if (user !== null)
    throw fault('target-address', {
      reason: 'a grid server knows its users by their certificates, not by a name',
    })

  const known = SPEAKERS.get(scheme) ?? []
  const client = known.find((name) => name === (settings.client ?? known[0]))
  if (!client) throw fault('grid-client', { scheme, client: settings.client ?? 'vmcast', known })

  const host = hostOf(destination)
  const bound = secretName('X509', config)
  if (bound === null) throw fault('grid-name', { client, host })
  requireBinding(bound, host, keyring.env)

  // In a root: address, one slash only ends the host: an absolute path brings its own.
  const root = `${scheme}://${host}${scheme === 'root' ? '/' : ''}${path}`
  return Promise.resolve(
    new GridTarget(
      root,
      CLIENTS[client](new Programs(keyring.env, patience), scheme),
      settings.verify === 'full',
    ),
  )
}

/** Files at one server, by one client. */
class GridTarget implements Target {
  readonly settles = 'at once'
  readonly holds = 'files'
  readonly #root: string
  readonly #client: Client
  readonly #writer: Writer

  constructor(root: string, client: Client, full: boolean) {
    this.#root = root
    this.#client = client
    this.#writer = client.naming ? new StagedWriter(client, client.naming, full) : new DirectWriter(client)
  }

  async stat(key: string): Promise<Stat | null> {
    const { url } = this.#place(key)
    if (this.#client.naming) return await this.#client.naming.stat(url)
    const there = await readBack(this.#client, url, 'sha512')
    return there && { size: there.size }
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    const bytes = await this.bytes(key)
    return bytes && (await collect(bytes, limit, this.#place(key).url))
  }

  async bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    return await this.#writer.bytes(this.#place(key))
  }

  async write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat> {
    return await this.#writer.write(this.#place(partial), source, (digest) => this.#place(final(digest)))
  }

  async swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    return await this.#writer.swap(this.#place(key), bytes, expect)
  }

  async remove(key: string): Promise<void> {
    await this.#client.remove(this.#place(key).url)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #place(key: string): Place {
    safeKey(key)
    return placeAt(this.#root, key)
  }
}
