import { S3Client } from '@aws-sdk/client-s3'
import { isLoopback, parseDestination } from '../../address.ts'
import { fault } from '../../errors.ts'
import type { Surroundings, TargetConfig } from '../../model.ts'
import { requireBinding, secretName } from '../secret.ts'
import { explain, refusalOf, type Refusal } from './explain.ts'

/** Milliseconds: until a connection stands, and that nothing may move on one. */
export interface Patience {
  readonly connect: number
  readonly silence: number
}

export const PATIENCE: Patience = { connect: 10_000, silence: 30_000 }

/** A bucket, the prefix of a target in it, and the client that reaches it. */
export class Bucket {
  readonly client: S3Client
  readonly name: string
  /** Empty, or ends in `/`. */
  readonly prefix: string

  constructor(client: S3Client, name: string, prefix: string) {
    this.client = client
    this.name = name
    this.prefix = prefix
  }

  /** The parameters that name an object. */
  object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: this.prefix + key }
  }

  /** An object for messages: `s3://bucket/prefix/key`. */
  place(key: string): string {
    return `s3://${this.name}/${this.prefix}${key}`
  }

  /** Asks the server about an object. Throws what went wrong as one of the catalogue. */
  async ask<T>(key: string, work: (client: S3Client) => Promise<T>): Promise<T> {
    try {
      return await work(this.client)
    } catch (error) {
      throw explain(this.place(key), error)
    }
  }

  /** The same; null where the server refuses as `isExpected` says. */
  async askUnless<T>(
    isExpected: (refusal: Refusal) => boolean,
    key: string,
    work: (client: S3Client) => Promise<T>,
  ): Promise<T | null> {
    return await this.ask<T | null>(key, (client) =>
      work(client).catch((error: unknown) => {
        const refusal = refusalOf(error)
        if (refusal && isExpected(refusal)) return null
        throw error
      }),
    )
  }
}

/**
 * Connects to nothing. Throws `target-address`, `s3-setting`, `s3-name`, and `secret-unbound` unless the
 * environment says that a foreign `endpoint` may have the credentials.
 */
export function openBucket(config: TargetConfig, env: Surroundings['env'], patience: Patience): Bucket {
  const to = parseDestination(config.to)
  if (!to || to.user !== null || to.port !== null || to.host.includes(':')) {
    throw fault('target-address', { reason: 'an S3 address is `s3://bucket/prefix/` and ends in /' })
  }
  const { settings } = config
  const endpoint = endpointOf(config, env)
  if (settings.region !== undefined && !/^[a-z0-9-]+$/i.test(settings.region)) {
    throw fault('s3-setting', { setting: 'region', reason: 'a region has letters, digits and hyphens only' })
  }
  const client = new S3Client({
    // A foreign server has no regions, mostly, but a signature names one.
    ...(endpoint ? { endpoint: endpoint.href, region: settings.region ?? 'us-east-1' } : {}),
    ...(settings.region === undefined ? {} : { region: settings.region }),
    forcePathStyle: settings.pathStyle ?? endpoint !== null,
    // Where bytes and signatures go stands in vmcast.yaml, where a reviewer sees it.
    ignoreConfiguredEndpointUrls: true,
    followRegionRedirects: false,
    maxAttempts: 1,
    // Many servers refuse the trailers that the SDK would send; Content-MD5 is understood by all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waiting for "100 Continue" costs a new connection for each part.
    expectContinueHeader: false,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: patience.connect,
      socketTimeout: patience.silence,
      logger: SILENT,
    },
  })
  signWithoutPayload(client)
  return new Bucket(client, to.host, to.path.slice(1))
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** The server that vmcast.yaml names; null: AWS's own. */
function endpointOf(config: TargetConfig, env: Surroundings['env']): URL | null {
  const { endpoint } = config.settings
  if (endpoint === undefined) return null
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw fault('s3-setting', { setting: 'endpoint', reason: 'it is an address like https://s3.example.org' })
  }
  const name = secretName('S3', config)
  if (name === null) throw fault('s3-name', { endpoint: url.host })
  const isPrivate = url.protocol === 'https:' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
  // In the clear a session token can be read: whoever sets the secret has to have said so.
  requireBinding(name, isPrivate ? url.host : url.origin, env)
  return url
}

/**
 * The signature covers Content-MD5 rather than a second sum of the body, which would cost as much time as all
 * else together.
 */
function signWithoutPayload(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args
      if (isHashed(request)) request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      return next(args)
    },
    { step: 'build', name: 'signWithoutPayload' },
  )
}

const isHashed = (request: unknown): request is { headers: Record<string, string> } =>
  typeof request === 'object' &&
  request !== null &&
  'headers' in request &&
  typeof request.headers === 'object' &&
  request.headers !== null &&
  'content-md5' in request.headers
