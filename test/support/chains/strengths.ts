import type { Rows } from './case.ts'
import { authority, endorser, withLeaf, withMiddle, withRoot } from './workshop.ts'

const MD5 = 'anybody can make a second certificate with the same MD5'

/** How strong keys and digests are. */
export const STRENGTHS: Rows = {
  'signed with SHA-1': () => withLeaf({ digest: 'sha1' }),
  'a short RSA key': () => withLeaf({ kind: 'rsa-1024' }),
  'an Ed25519 root': () => withRoot({ kind: 'ed25519' }),
  'a CA between signed with SHA-1': () => withMiddle({ digest: 'sha1' }),
  'a root signed with SHA-1, by itself': () => withRoot({ digest: 'sha1' }),
  'signed with MD5': async () => {
    const root = await authority(null, 'Root', { kind: 'rsa' })
    return { leaf: await endorser(root, { digest: 'md5' }), trusted: [root], stricter: MD5 }
  },
  'a CA between signed with MD5': async () => ({
    ...(await withMiddle({ digest: 'md5' }, { kind: 'rsa' })),
    stricter: MD5,
  }),
  'a root signed with MD5, by itself': () => withRoot({ kind: 'rsa', digest: 'md5' }),
  'signed with SHA-512': () => withLeaf({ digest: 'sha512' }),
  'a short RSA key of the CA between': () => withMiddle({ kind: 'rsa-1024' }),
  'a short RSA key of the root': () => withRoot({ kind: 'rsa-1024' }),
  'a tiny RSA key of the root': async () => ({
    ...(await withRoot({ kind: 'rsa-768' })),
    stricter: 'RSA keys below 1024 bits have been found out',
  }),
  'an RSA key': () => withLeaf({ kind: 'rsa' }),
  'P-384 keys': async () => {
    const root = await authority(null, 'Root', { kind: 'p384' })
    return { leaf: await endorser(root, { kind: 'p384' }), trusted: [root] }
  },
  'a P-192 key of the root': () => withRoot({ kind: 'p192' }),
  'a curve that is spelled out: the endorser’s': () => withLeaf({ kind: 'explicit' }),
  'a curve that is spelled out: the CA’s between': () => withMiddle({ kind: 'explicit' }),
  'a curve that is spelled out: the root’s': () => withRoot({ kind: 'explicit' }),
}
