import { afterEach, expect, test, vi } from 'vitest'
import { vmcast } from '../support/cli.ts'
import { sampleRepository } from '../support/repository.ts'
import { freePort } from '../support/servers/sshd.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each([
  [
    'sftp',
    (port: number) => [
      `to: sftp://owen@127.0.0.1:${port}/images/`,
      `hostKey: SHA256:${'A'.repeat(43)}`,
      'name: store',
    ],
  ],
  ['dav', (port: number) => [`to: dav://127.0.0.1:${port}/images/`]],
  ['s3', (port: number) => ['to: s3://bucket/images/', 'name: store', `endpoint: http://127.0.0.1:${port}`]],
])('a server of %s that is not there: after some tries, an error that says so', async (_, target) => {
  const port = await freePort()
  const root = await sampleRepository({ target: target(port) })
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  const here = `127.0.0.1:${port}`
  const env = {
    VMCAST_PASSWORD_STORE: 'password',
    VMCAST_PASSWORD_STORE_HOST: here,
    VMCAST_S3_STORE_HOST: here,
  }
  const { status, stdout, stderr } = await vmcast({ cwd: root, env }, 'reconcile')
  expect(status, stdout + stderr).toBe(1)
  expect(stdout + stderr).toMatch(/\S+ cannot be reached: it refuses connections\./)
  expect(stderr.match(/Trying again soon/g)).toHaveLength(2)
  expect(stdout + stderr).not.toMatch(/This is a bug|^ +at /m)
})
