import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { isSameKey } from '../../src/trust/same-key.ts'

const pairs = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  generateKeyPairSync('ed25519'),
]

it('is told of keys of every kind, and leaves nothing behind for those that are read next', () => {
  for (const [at, { publicKey, privateKey }] of pairs.entries()) {
    const same = pairs.map((other) => isSameKey(publicKey, other.publicKey))
    expect(same).toEqual(pairs.map((_, index) => index === at))
    expect(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).type).toBe('private')
  }
})
