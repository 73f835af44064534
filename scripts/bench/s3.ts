import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { startCeph } from '../../test/support/servers/ceph.ts'
import { provide } from '../../test/support/programs.ts'
import { GIB, repositoryOf, vmcast, writeNoise, type Comparison } from './comparison.ts'

/** 1 GiB with its sum in the YAML, published to an object store; beside what s3cmd does with it. */
export async function s3(scratch: string): Promise<Comparison> {
  provide([{ program: 's3cmd', packages: ['s3cmd'] }])
  const ceph = await startCeph()
  const host = new URL(ceph.endpoint).host
  const s3cmd = join(scratch, 's3cmd.conf')
  await writeFile(
    s3cmd,
    `[default]\naccess_key = ${ceph.accessKey}\nsecret_key = ${ceph.secretKey}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = False\n`,
    { mode: 0o600 },
  )
  const s3 = (...args: string[]) => execa('s3cmd', ['-c', s3cmd, ...args])
  await s3('mb', 's3://bench')

  const repository = await repositoryOf(scratch, 's3', {
    lists: 1,
    images: 1,
    bytes: 0,
    pinned: false,
    target: [
      'to: s3://bench/published/',
      'name: bench',
      `endpoint: ${ceph.endpoint}`,
      'region: default',
      'pathStyle: true',
    ],
  })
  const file = join(repository, 'build/1-1.img')
  await writeNoise(file, GIB)
  const hash = createHash('sha512')
  await pipeline(createReadStream(file), hash)
  await appendFile(join(repository, 'images/image-1-1.yaml'), `  sha512: ${hash.digest('hex')}\n`)

  // The store is in memory: what is deleted there goes when its garbage is collected.
  const fresh = async () => {
    await rm(join(scratch, 'cache'), { recursive: true, force: true })
    await s3('del', '--recursive', '--force', 's3://bench')
    await ceph.admin('gc', 'process', '--include-all')
  }
  const { env, ...reconcile } = vmcast(scratch, repository, 'reconcile')
  const credentials = {
    AWS_ACCESS_KEY_ID: ceph.accessKey,
    AWS_SECRET_ACCESS_KEY: ceph.secretKey,
    VMCAST_S3_BENCH_HOST: host,
  }
  return {
    name: 'publish 1 GiB over S3 (Ceph RGW)',
    subjects: [
      {
        name: 'sha512sum && s3cmd put',
        command: ['sh', '-c', 'sha512sum "$0" && s3cmd -c "$1" put "$0" s3://bench/by-hand', file, s3cmd],
        prepare: fresh,
      },
      { name: 'vmcast reconcile', ...reconcile, env: { ...env, ...credentials }, prepare: fresh },
    ],
    limits: [
      { subject: 'vmcast reconcile', what: 'ratio', most: 0.55 },
      { subject: 'vmcast reconcile', what: 'MB', most: 200 },
    ],
    stop: () => ceph.stop(),
  }
}
