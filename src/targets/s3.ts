import { fault } from '../errors.ts'
import type { Digest, ServedAs, Tag, TargetConfig } from '../model.ts'
import { collect, pulled } from './bytes.ts'
import { Buffers } from './s3/buffers.ts'
import { openBucket, PATIENCE, type Bucket, type Patience } from './s3/client.ts'
import { probe, type Conditions } from './s3/conditions.ts'
import { get, head, remove } from './s3/objects.ts'
import { swap } from './s3/swap.ts'
import { upload } from './s3/upload.ts'
import type { Keyring, Source, Stat, Target } from './target.ts'
import { safeKey } from './key.ts'

/** A list changes under its name, an image never does. */
const LISTS: Required<ServedAs> = { contentType: 'text/plain', cacheControl: 'max-age=60' }
const IMAGES: Required<ServedAs> = {
  contentType: 'application/octet-stream',
  cacheControl: 'max-age=31536000, immutable',
}

/**
 * The bucket and prefix that `to` (`s3://bucket/prefix/`) names, at AWS or at `endpoint`. Credentials are found
 * where the SDK looks for them. Throws `target-address`, `s3-setting`, `s3-name`, `secret-unbound`.
 */
export function openS3(
  config: TargetConfig,
  { env }: Pick<Keyring, 'env'>,
  patience: Patience = PATIENCE,
): Promise<Target> {
  return Promise.resolve().then(() => new S3Target(openBucket(config, env, patience), config))
}

class S3Target implements Target {
  readonly settles = 'at once'
  readonly holds = 'files'
  readonly #bucket: Bucket
  readonly #settings: TargetConfig['settings']
  readonly #buffers = new Buffers()
  #probed: Promise<Conditions> | null = null

  constructor(bucket: Bucket, { settings }: TargetConfig) {
    this.#bucket = bucket
    this.#settings = settings
  }

  async stat(key: string): Promise<Stat | null> {
    const there = await head(this.#bucket, safeKey(key))
    return there && { size: there.size }
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    const bytes = await this.bytes(key)
    return bytes && (await collect(bytes, limit, this.#bucket.place(key)))
  }

  async bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    safeKey(key)
    return await pulled((give) =>
      get(this.#bucket, key, async (body) => {
        for await (const piece of body) await give(piece)
        return true
      }),
    )
  }

  /** Nothing can be renamed here: the bytes go to their final name, and nothing is called `partial`. */
  async write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat> {
    safeKey(partial)
    const conditions = await this.#conditions()
    const digest = await source.foretell()
    const [bucket, buffers, key] = [this.#bucket, this.#buffers, safeKey(final(digest))]
    await upload({
      bucket,
      key,
      source,
      digest,
      served: { ...IMAGES, ...this.#settings.images },
      conditions,
      buffers,
    })
    return { size: digest.size }
  }

  async swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    safeKey(key)
    const served = { ...LISTS, ...this.#settings.lists }
    return await swap(this.#bucket, key, bytes, expect, { served, conditions: await this.#conditions() })
  }

  async remove(key: string): Promise<void> {
    await remove(this.#bucket, safeKey(key))
  }

  close(): Promise<void> {
    this.#bucket.client.destroy()
    return Promise.resolve()
  }

  /** What the server can do: tried once, before anything is written. Throws `s3-unconditional`. */
  async #conditions(): Promise<Conditions> {
    this.#probed ??= probe(this.#bucket).catch((error: unknown) => {
      this.#probed = null
      throw error
    })
    const conditions = await this.#probed
    if (conditions || this.#settings.singlePublisher) return conditions
    throw fault('s3-unconditional', { place: this.#bucket.place('') })
  }
}
