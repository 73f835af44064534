import { expect, test } from 'vitest'
import { secretsIn } from '../../src/action/secrets.ts'

test('every secret is hidden, line by line, and nothing else', () => {
  const key = [
    '-----BEGIN PRIVATE KEY-----',
    'MIIEvQIBADANBgkq',
    'hkiG9w0BAQEF',
    '-----END PRIVATE KEY-----',
  ].join('\n')
  const hidden = secretsIn({
    VMCAST_X509_KEY: key,
    VMCAST_X509_CERT: 'usercert.pem',
    VMCAST_X509_PASSPHRASE: 'correct horse',
    VMCAST_X509_DCACHE: 'bundle-with-key',
    VMCAST_TOKEN_DISH: 'ey.token',
    VMCAST_TOKEN_DISH_HOST: 'dav.example.org',
    VMCAST_S3_STORAGE_HOST: 's3.example.org',
    VMCAST_SSH_KEY: 'opaque\r\nwindows',
    X509_USER_KEY: 'grid-key',
    AWS_SECRET_ACCESS_KEY: 'aws-secret',
    GITHUB_TOKEN: 'ghs_token',
    VMCAST_PASSWORD_X: 'ab',
    PATH: '/usr/bin:/bin',
    INPUT_COMMAND: 'reconcile',
  })
  expect([...hidden].sort()).toEqual(
    [
      ...['MIIEvQIBADANBgkq', 'hkiG9w0BAQEF', 'correct horse', 'bundle-with-key', 'ey.token'],
      ...['opaque\r\nwindows', 'opaque', 'windows', 'aws-secret', 'ghs_token', 'grid-key'],
    ].sort(),
  )
})
