import { createPrivateKey, type KeyObject } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import { ENDORSER_EXTENSIONS, issue, type Identity } from '../../../scripts/pki.ts'
import { membersOf, writeDer, type Der } from '../der.ts'
import { CA_DN, type Pki } from '../pki.ts'
import {
  certificateFrom,
  countersignature,
  recertified,
  signedData,
  signerInfo,
  treeOf,
  usualAttributes,
  type Hash,
  type Person,
  type SignedData,
} from './signed-data.ts'

/** An endorser, and what somebody could put in the place of their certificate. */
export interface Endorser extends Person {
  readonly identity: Identity
  readonly dn: string
  /** The CA’s name, and the CAs between. */
  readonly ca: string
  readonly chain: readonly Der[]
  readonly caKey: KeyObject
  /** Same issuer and serial, by the same CA, for another key. */
  readonly twin: Person
}

/** How a message is made, before anything is odd about it. */
export interface Scene {
  readonly by: Endorser
  readonly countersigner: Endorser
  readonly countersigned: boolean
  readonly hash: Hash
  readonly opaque: boolean
  readonly crlf: boolean
  /** The predecessors leave the empty line out. */
  readonly predecessor: boolean
  readonly random: () => number
}

/** Endorsers with RSA and EC keys, below the CA and below one between. */
export async function makeEndorsers({ folder, ca }: Pki): Promise<readonly Endorser[]> {
  const subject = '/DC=org/DC=example/CN=Example CA between'
  const extensions = ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, keyCertSign']
  const between = await issue(folder, 'between', ca, { subject, kind: 'p256', extensions })
  const stranger = await issue(folder, 'stranger', ca, {
    subject: '/CN=Stranger',
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
  })
  const key = async ({ key: path }: Identity) => createPrivateKey(await readFile(path))
  const certificate = async (one: Identity) => certificateFrom(await readFile(one.certificate, 'utf8'))
  const strangerKey = await key(stranger)
  const strangerInfo = membersOf(membersOf(await certificate(stranger))[0])[6]
  return Promise.all(
    (['rsa', 'p256'] as const).flatMap((kind) =>
      [ca, between].map(async (issuer, depth) => {
        const dn = `/DC=org/DC=example/OU=Odd/CN=Owen Synge ${kind} ${depth}`
        const wish = { subject: dn, kind, extensions: ENDORSER_EXTENSIONS }
        const identity = await issue(folder, `odd-${kind}-${depth}`, issuer, wish)
        const own = await certificate(identity)
        if (depth > 0) await appendFile(identity.certificate, await readFile(between.certificate))
        const caKey = await key(issuer)
        const swapped = (fields: readonly Der[]) =>
          fields.map((field, index) => (index === 6 && strangerInfo ? strangerInfo : field))
        return {
          identity,
          dn,
          ca: depth === 0 ? CA_DN : subject,
          chain: depth === 0 ? [] : [await certificate(between)],
          caKey,
          certificate: own,
          key: await key(identity),
          twin: { certificate: recertified(own, caKey, swapped), key: strangerKey },
        }
      }),
    ),
  )
}

/** One of them, signing in one of the ways that are usual. */
export function anyScene(endorsers: readonly Endorser[], random: () => number): Scene {
  const flip = () => random() < 0.5
  const by = oneOf({ random }, endorsers)
  const others = endorsers.filter((one) => one !== by)
  return {
    by,
    countersigner: oneOf({ random }, others),
    countersigned: flip(),
    hash: oneOf({ random }, ['sha1', 'sha256', 'sha256', 'sha512']),
    opaque: flip(),
    crlf: flip(),
    predecessor: flip(),
    random,
  }
}

/** The endorser’s list: small, and good. */
export function listBy({ dn, ca }: Endorser): string {
  const time = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z')
  const list = {
    'dc:date:created': time(-0.01),
    'dc:date:expires': time(20),
    'dc:description': 'odd',
    'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
    'dc:source': 'example.org',
    'dc:title': 'README example',
    'hv:endorser': {
      'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:ca': ca, 'hv:dn': dn, 'hv:email': 'owen@example.org' },
    },
    'hv:images': [],
    'hv:uri': 'https://images.example.org/lists/example.list',
    'hv:version': '0.0.1',
  }
  return `${JSON.stringify({ 'hv:imagelist': list }, null, 4)}\n`
}

/** The signed part, lines ending in LF. */
export const partOf = ({ by, predecessor }: Scene): string => `${predecessor ? '' : '\n'}${listBy(by)}`

/** What is signed of a part. */
export const canonical = (part: string): Buffer => Buffer.from(part.replaceAll('\n', '\r\n'), 'latin1')

/** As it should be signed, with these pieces otherwise. */
export function usual(scene: Scene, changes: Partial<SignedData> = {}): SignedData {
  const { by, countersigner, countersigned, hash, opaque } = scene
  const content = canonical(partOf(scene))
  const info = signerInfo(by, usualAttributes(content, hash), content, hash)
  const counter = countersigned
    ? { unsigned: [countersignature(countersigner, info.signature)] }
    : { unsigned: [] }
  const certificates = [by.certificate, ...by.chain, ...(countersigned ? [countersigner.certificate] : [])]
  return { ...signedData({ ...info, ...counter }, certificates, opaque ? content : null), ...changes }
}

export const BOUNDARY = '----1E46927A51C795976CF8F88F2D1050B0'

/** The message with this signature: a structure, or whatever bytes stand in its place. */
export function mailOf(scene: Scene, signature: SignedData | Uint8Array): string {
  const bytes = signature instanceof Uint8Array ? Buffer.from(signature) : writeDer(treeOf(signature))
  const base64 = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  const text = scene.opaque ? opaqueMail(base64) : detachedMail(partOf(scene), base64)
  return scene.crlf ? text.replaceAll('\n', '\r\n') : text
}

const opaqueMail = (base64: string): string => `MIME-Version: 1.0
Content-Disposition: attachment; filename="smime.p7m"
Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name="smime.p7m"
Content-Transfer-Encoding: base64

${base64}

`

const detachedMail = (part: string, base64: string): string => `MIME-Version: 1.0
Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg="sha-256"; boundary="${BOUNDARY}"

This is an S/MIME signed message

--${BOUNDARY}
${part}
--${BOUNDARY}
Content-Type: application/x-pkcs7-signature; name="smime.p7s"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="smime.p7s"

${base64}

--${BOUNDARY}--

`

export const oneOf = <T>({ random }: Pick<Scene, 'random'>, all: readonly T[]): T => {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}
