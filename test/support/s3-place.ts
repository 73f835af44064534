import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { TargetConfig, TargetSettings } from '../../src/model.ts'
import { openS3 } from '../../src/targets/s3.ts'
import { withRetries } from '../../src/targets/retry.ts'
import type { Target } from '../../src/targets/target.ts'
import type { Place } from '../targets/contract.ts'

export const QUIET = {
  progress: { step: () => undefined, task: () => ({ advance: () => undefined, end: () => undefined }) },
  signal: new AbortController().signal,
}

/** A server that speaks S3, and keys that may do everything there. */
export interface Store {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** A bucket of its own, seen past the target. */
export interface S3Place extends Place {
  readonly bucket: string
  readonly client: S3Client
}

/** The target's configuration for a bucket of `store`. */
export const configOf = (store: Store, bucket: string, settings: TargetSettings = {}): TargetConfig => ({
  match: 'https://images.example.org/',
  to: `s3://${bucket}/some/prefix/`,
  public: false,
  hostKeys: [],
  authorities: [],
  settings: { name: 'store', endpoint: store.endpoint, ...settings },
})

/** Opens the target; the keys are where the SDK looks for them (`useKeys`). */
export const openStore = (store: Store, bucket: string, settings: TargetSettings = {}): Promise<Target> =>
  openS3(configOf(store, bucket, settings), { env: { VMCAST_S3_STORE_HOST: new URL(store.endpoint).host } })

export async function makePlace(store: Store, settings: TargetSettings = {}): Promise<S3Place> {
  const { endpoint, accessKey: accessKeyId, secretKey: secretAccessKey } = store
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const bucket = `test-${randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const keys = async () => {
    const all: string[] = []
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket }))
      all.push(...Contents.flatMap(({ Key }) => Key ?? []))
    return all
  }
  return {
    bucket,
    client,
    // Ceph answers 500 to some of those that lose a race: trying again is what tells.
    open: async () => withRetries(await openStore(store, bucket, settings), QUIET),
    files: async () => {
      const objects = (await keys()).map(async (key) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return [
          key.replace(/^some\/prefix\//, ''),
          Buffer.from((await Body?.transformToByteArray()) ?? []),
        ] as const
      })
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      const uploads = Uploads.map(({ Key = '' }) => [`${Key} (unfinished)`, Buffer.alloc(0)] as const)
      return new Map([...(await Promise.all(objects)), ...uploads])
    },
    put: async (key, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `some/prefix/${key}`, Body: bytes }))
    },
    remove: async () => {
      for (const key of await keys()) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
      client.destroy()
    },
  }
}
