import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { VmcastError } from '../../../src/errors.ts'
import type { TargetSettings } from '../../../src/model.ts'
import { withRetries } from '../../../src/targets/retry.ts'
import { openS3 } from '../../../src/targets/s3.ts'
import { runCli } from '../../support/cli-process.ts'
import { serve } from '../../support/http-server.ts'
import { sampleRepository } from '../../support/repository.ts'
import { configOf, openStore, QUIET } from '../../support/s3-place.ts'
import { startFakeS3, type FakeS3 } from '../../support/servers/fake-s3.ts'
import { fails } from '../../support/faults.ts'

const KEYS = { accessKey: 'AKIAFAKEFAKEFAKEFAKE', secretKey: 'fake/secret+key' }

let fake: FakeS3
beforeEach(async () => {
  fake = await startFakeS3()
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKey)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretKey)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await fake.stop()
})

const open = (settings: TargetSettings = {}) => openStore({ ...fake, ...KEYS }, 'bucket', settings)

describe('what a server answers', () => {
  test.each([
    [403, 'AccessDenied', 's3-denied'],
    [403, 'InvalidAccessKeyId', 's3-credentials'],
    [403, 'SignatureDoesNotMatch', 's3-credentials'],
    [400, 'ExpiredToken', 's3-expired'],
    [403, 'RequestTimeTooSkewed', 's3-clock'],
    [404, 'NoSuchBucket', 's3-bucket'],
    [301, 'PermanentRedirect', 's3-region'],
    [400, 'AuthorizationHeaderMalformed', 's3-region'],
    [403, 'QuotaExceeded', 'target-full'],
    [507, 'InsufficientStorage', 'target-full'],
    [500, 'InternalError', 'target-interrupted'],
    [503, 'SlowDown', 'target-interrupted'],
    [429, 'TooManyRequests', 'target-interrupted'],
    [418, 'Teapot', 's3-failed'],
  ] as const)('%i %s is %s', async (status, code, expected) => {
    fake.intercept = (_, answer) => {
      answer(status, code)
      return true
    }
    const target = await open()
    const error: unknown = await target.read('one.list', 100).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails(expected))
    expect(JSON.stringify([error, String(error), (error as VmcastError).cause])).not.toMatch(
      /AKIAFAKE|fake.secret/,
    )
  })

  test('500 twice, and then it works', async () => {
    let left = 2
    fake.intercept = (_, answer) => {
      if (left-- <= 0) return false
      answer(500, 'InternalError')
      return true
    }
    const target = withRetries(await open(), QUIET)
    const tag = await target.swap('one.list', Buffer.from('first'), null)
    expect(await target.read('one.list', 100)).toEqual({ bytes: Buffer.from('first'), tag })
    expect([...fake.objects.keys()]).toEqual(['bucket/some/prefix/one.list'])
  })

  test('a list that is not there is none, where nothing says that the bucket is missing', async () => {
    expect(await (await open()).read('one.list', 100)).toBeNull()
  })
})

describe('who may have the credentials', () => {
  test('the session token goes along', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'of this session')
    const tokens: unknown[] = []
    fake.intercept = ({ headers }) => tokens.push(headers['x-amz-security-token']) < 0
    await (await open()).stat('one.list')
    expect(tokens).toEqual(['of this session'])
  })

  test('no other host than the environment names', async () => {
    const config = configOf({ ...fake, ...KEYS }, 'bucket')
    for (const env of [{}, { VMCAST_S3_STORE_HOST: 's3.example.org' }]) {
      await expect(openS3(config, { env })).rejects.toSatisfy(fails('secret-unbound'))
    }
    const nameless = { endpoint: fake.endpoint }
    await expect(openS3({ ...config, settings: nameless }, { env: {} })).rejects.toSatisfy(fails('s3-name'))
    expect(fake.log).toEqual([])
  })

  test('no bucket whose region nothing says', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
    const target = await openS3({ ...configOf({ ...fake, ...KEYS }, 'bucket'), settings: {} }, { env: {} })
    await expect(target.stat('one.list')).rejects.toSatisfy(fails('s3-no-region'))
  })

  test('no server in the clear, unless that is said', async () => {
    const endpoint = 'http://s3.example.org:8000'
    const config = configOf({ ...KEYS, endpoint }, 'bucket')
    const bound = (to: string) => openS3(config, { env: { VMCAST_S3_STORE_HOST: to } })
    await expect(bound('s3.example.org:8000')).rejects.toSatisfy(fails('secret-unbound'))
    await (await bound(endpoint)).close()
  })

  test('not what AWS_ENDPOINT_URL names either', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', fake.endpoint)
    vi.stubEnv('AWS_ENDPOINT_URL_S3', fake.endpoint)
    const target = await openS3(
      {
        ...configOf({ ...fake, ...KEYS }, 'a..name..that..no..bucket..has'),
        settings: { region: 'no-such-region-1' },
      },
      { env: {} },
      { connect: 300, silence: 300 },
    )
    await expect(target.stat('one.list')).rejects.toBeInstanceOf(VmcastError)
    expect(fake.log).toEqual([])
  })

  test('without any, the error says so', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    await expect((await open()).stat('one.list')).rejects.toSatisfy(fails('s3-no-credentials'))
  })
})

test('a server that sends without end is left at the limit', async () => {
  const endpoint = await serve((_, response) => {
    const send = () => {
      while (response.write(Buffer.alloc(65_536)));
    }
    response.writeHead(200, { etag: '"a"' }).on('drain', send)
    send()
  })
  const target = await openStore({ endpoint, ...KEYS }, 'bucket')
  await expect(target.read('one.list', 1000)).rejects.toSatisfy(fails('target-too-large'))
  await target.close()
})

test.each([
  [{ endpoint: 'ftp://store.example.org' }, 's3-setting'],
  [{ endpoint: 'https://user:word@store.example.org' }, 's3-setting'],
  [{ region: 'evil.example.org/' }, 's3-setting'],
] as const)('the settings %j are refused', async (settings, code) => {
  await expect(open(settings)).rejects.toSatisfy(fails(code))
})

test.each(['s3://bucket', 's3://key@bucket/', 's3://bucket:80/', 's3://bucket/../', 's3://bucket/?x/'])(
  '%s is no address of an S3 target',
  async (to) => {
    const config = { ...configOf({ ...fake, ...KEYS }, 'bucket'), to }
    await expect(openS3(config, { env: {} })).rejects.toSatisfy(fails('target-address'))
  },
)

test('of all that the SDK says about Node, nothing reaches the user', async () => {
  const env = {
    AWS_ACCESS_KEY_ID: KEYS.accessKey,
    AWS_SECRET_ACCESS_KEY: KEYS.secretKey,
    VMCAST_S3_STORE_HOST: new URL(fake.endpoint).host,
  }
  const target = ['to: s3://bucket/', 'name: store', `endpoint: ${fake.endpoint}`]
  const cwd = await sampleRepository({ images: 1, target })
  const { status, stderr } = await runCli({ cwd, env }, 'reconcile')
  expect(stderr).not.toMatch(/warn|node\.?js|AWS/i)
  expect(status).toBe(0)
})
