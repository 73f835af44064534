import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  makeCrl,
  makeTrustFolder,
  type Identity,
  type KeyKind,
} from '../../scripts/pki.ts'
import { loadAnchors, type Anchors } from '../../src/trust/anchors.ts'
import { loadSigner, type Signer } from '../../src/trust/signer.ts'

/** A CA and endorsers under it, in a temporary folder. */
export interface Pki {
  readonly folder: string
  readonly ca: Identity
  /** The hashed CA folder. */
  readonly trust: string
  readonly anchors: Anchors
  endorser(name: string, kind?: KeyKind): Promise<Identity>
  remove(): Promise<void>
}

export const CA_DN = '/DC=org/DC=example/CN=Example CA'

export async function makePki(): Promise<Pki> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-pki-'))
  const ca = await issue(folder, 'ca', null, {
    subject: CA_DN,
    kind: 'p256',
    extensions: AUTHORITY_EXTENSIONS,
  })
  const trust = await makeTrustFolder(join(folder, 'trust'), [ca], [await makeCrl(folder, 'ca', ca)])
  return {
    folder,
    ca,
    trust,
    anchors: await loadAnchors(trust),
    endorser: (name, kind = 'p256') =>
      issue(folder, name, ca, {
        subject: `/DC=org/DC=example/OU=People/CN=Owen Synge ${name}`,
        kind,
        extensions: ENDORSER_EXTENSIONS,
      }),
    remove: () => rm(folder, { recursive: true }),
  }
}

/** The signer of a certificate and its key, as `reconcile` would load it. */
export const signerOf = ({ certificate, key }: Identity): Promise<Signer> =>
  loadSigner({ certificate, key }, {}, '/nonexistent', () =>
    Promise.reject(new Error('no passphrase is needed')),
  )
