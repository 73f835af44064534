import { readFile, writeFile } from 'node:fs/promises'
import type { CrlWish, Identity } from '../../../scripts/pki.ts'
import type { Case, Rows } from './case.ts'
import {
  authority,
  CA,
  crl,
  days,
  endorser,
  FUTURE,
  PAST,
  revoking,
  withMiddle,
  withRoot,
} from './workshop.ts'

/** A root with these revocation lists, and an endorser. */
async function rooted(
  wishes: (leaf: Identity, root: Identity) => Promise<readonly CrlWish[]> | readonly CrlWish[],
  rootExtensions?: readonly string[],
): Promise<Case & { root: Identity; crls: string[] }> {
  const made = await withRoot(rootExtensions ? { extensions: rootExtensions } : {})
  const crls: string[] = []
  for (const wish of await wishes(made.leaf, made.root)) crls.push(await crl(made.root, wish))
  return { ...made, crls }
}

/** A root and a CA between, with these revocation lists. */
async function between(
  root: (made: { leaf: Identity; middle: Identity; root: Identity }) => Promise<CrlWish> | CrlWish,
  middle: (made: { leaf: Identity; middle: Identity; root: Identity }) => Promise<CrlWish> | CrlWish,
): Promise<Case> {
  const made = { ...(await withMiddle({})) }
  const { leaf } = made
  const all = { leaf, middle: made.middle, root: made.root }
  return { ...made, crls: [await crl(made.root, await root(all)), await crl(made.middle, await middle(all))] }
}

const nothing = (): CrlWish => ({})

/** The revocation list with its last byte changed, which is in its signature. */
async function altered(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  const der = Buffer.from(lines.slice(1, -1).join(''), 'base64')
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  const base64 = der.toString('base64').replaceAll(/.{64}/g, '$&\n')
  await writeFile(`${path}.altered`, [lines[0], base64, lines.at(-1), ''].join('\n'))
  return `${path}.altered`
}

const LIMITED = 'lists that cover only some certificates are not interpreted: they count as none'

/** What CAs have taken back, and whether they say so in time. */
export const REVOCATIONS: Rows = {
  'lists of all CAs': () => between(nothing, nothing),
  'a list of the root': () => rooted(() => [{}]),
  'no list of anybody': async () => ({ ...(await withRoot({})), crls: [] }),
  'no list of the root': async () => {
    const made = await withMiddle({})
    return { ...made, crls: [await crl(made.middle)] }
  },
  'no list of the CA between': async () => {
    const made = await withMiddle({})
    return { ...made, crls: [await crl(made.root)] }
  },
  'a list of another CA': async () => ({
    ...(await withRoot({})),
    crls: [await crl(await authority(null, 'Other'))],
  }),
  'the endorser is revoked': () => rooted(async (leaf) => [{ revoked: [await revoking(leaf)] }]),
  'the endorser is revoked: the key was found out': () =>
    rooted(async (leaf) => [{ revoked: [await revoking(leaf, 'keyCompromise')] }]),
  'the endorser is on hold': () =>
    rooted(async (leaf) => [{ revoked: [await revoking(leaf, 'certificateHold')] }]),
  'the endorser is no longer on hold': () =>
    rooted(async (leaf) => [{ revoked: [await revoking(leaf, 'removeFromCRL')] }]),
  'the endorser was revoked after the time of judgement': () =>
    rooted(async (leaf) => [{ revoked: [await revoking(leaf, undefined, days(1))] }]),
  'the endorser was not yet issued when the time of judgement was': async () => ({
    ...(await rooted(async (leaf) => [{ from: days(-50), until: days(5), revoked: [await revoking(leaf)] }])),
    at: days(-40),
  }),
  'somebody else is revoked': () =>
    rooted(async (_, root) => [{ revoked: [await revoking(await endorser(root))] }]),
  'many others are revoked': () =>
    rooted(() => [
      {
        revoked: Array.from({ length: 500 }, (_, at) => ({
          serial: (0x1000 + at).toString(16).toUpperCase(),
          on: days(-at),
          reason: 'superseded',
        })),
      },
    ]),
  'the endorser among many is revoked': () =>
    rooted(async (leaf) => [
      {
        revoked: [
          ...Array.from({ length: 500 }, (_, at) => ({
            serial: (0x1000 + at).toString(16).toUpperCase(),
            on: days(-at),
          })),
          await revoking(leaf),
        ],
      },
    ]),
  'the CA between is revoked': () =>
    between(async ({ middle }) => ({ revoked: [await revoking(middle, 'CACompromise')] }), nothing),
  'the CA between says that it is revoked itself': () =>
    between(nothing, async ({ middle }) => ({ revoked: [await revoking(middle)] })),
  'the endorser is revoked by the CA between': () =>
    between(nothing, async ({ leaf }) => ({ revoked: [await revoking(leaf)] })),
  'the root has revoked the endorser’s number, which is not its own to revoke': () =>
    between(async ({ leaf }) => ({ revoked: [await revoking(leaf)] }), nothing),
  'the root has revoked itself': () => rooted(async (_, root) => [{ revoked: [await revoking(root)] }]),
  'a stale list': () => rooted(() => [PAST]),
  'a stale list of the CA between': () => between(nothing, () => PAST),
  'a list that was not stale then': async () => ({ ...(await rooted(() => [PAST])), at: days(-15) }),
  'a stale list by which the endorser is revoked': () =>
    rooted(async (leaf) => [{ ...PAST, revoked: [await revoking(leaf, undefined, days(-15))] }]),
  'a list of the future': () => rooted(() => [FUTURE]),
  'a list that ends this second': async () => ({
    ...(await rooted(() => [{ until: days(1) }])),
    at: days(1),
  }),
  'a list that has one second left': async () => ({
    ...(await rooted(() => [{ until: days(1) }])),
    at: new Date(days(1).getTime() - 1000),
  }),
  'a list that begins this second': async () => ({
    ...(await rooted(() => [{ from: days(-1) }])),
    at: days(-1),
  }),
  'a stale list and a current one': () => rooted(() => [PAST, {}]),
  'a current list and one of the future': () => rooted(() => [{}, FUTURE]),
  'two current lists: the older one revokes the endorser': async () => ({
    ...(await rooted(async (leaf) => [{ from: days(-8), revoked: [await revoking(leaf)] }, {}])),
    stricter:
      'OpenSSL looks at the newer one alone; that a CA took a revocation back is for the folder’s keeper to say',
  }),
  'two current lists: the newer one revokes the endorser': () =>
    rooted(async (leaf) => [{ from: days(-8) }, { revoked: [await revoking(leaf)] }]),
  'a list whose signature was altered': async () => {
    const made = await rooted(() => [{}])
    return { ...made, crls: await Promise.all(made.crls.map(altered)) }
  },
  'a list of the CA between whose signature was altered': async () => {
    const made = await withMiddle({})
    return { ...made, crls: [await crl(made.root), await altered(await crl(made.middle))] }
  },
  'a list by another key of the same name, which it names': async () => ({
    ...(await withRoot({})),
    crls: [await crl(await authority(null, 'Root'))],
  }),
  'a list by another key of the same name, which it does not name': async () => ({
    ...(await withRoot({})),
    crls: [await crl(await authority(null, 'Root'), { extensions: [] })],
  }),
  'lists of two CAs of the same name': async () => {
    const { crls, trusted, ...made } = await rooted(() => [{}])
    const namesake = await authority(null, 'Root')
    return { ...made, trusted: [...trusted, namesake], crls: [...crls, await crl(namesake)] }
  },
  'lists of two CAs of the same name, which do not say whose they are: one of them': async () => {
    const { crls, ...made } = await rooted(() => [{ from: days(-2), extensions: [] }])
    const namesake = await authority(null, 'Root')
    return {
      ...made,
      crls: [...crls, await crl(namesake, { from: days(-3), extensions: [] })],
      stricter: 'a list under a CA’s name that it did not sign is never passed over in silence',
    }
  },
  'a list of the root’s renewed certificate, with the same key': async () => {
    const made = await withRoot({})
    return { ...made, crls: [await crl(await authority(null, 'Root', { key: made.root.key }))] }
  },
  'a list without extensions': () => rooted(() => [{ extensions: [] }]),
  'a list with a number': () =>
    rooted(() => [{ extensions: ['authorityKeyIdentifier = keyid', CRL_NUMBER] }]),
  'the root’s key usage does not speak of lists': () => rooted(() => [{}], [CA, 'keyUsage = keyCertSign']),
  'the root has no key usage': () => rooted(() => [{}], [CA]),
  'a list that names another serial number of its CA': () =>
    rooted(() => [{ extensions: [`2.5.29.35 = DER:${OTHER_SERIAL}`] }]),
  'a list that names another key, but is by the right hand': () =>
    rooted(() => [{ extensions: [`2.5.29.35 = DER:30168014${'ab'.repeat(20)}`] }]),
  'an unknown extension of the list': () => rooted(() => [{ extensions: ['1.2.3.4.5 = ASN1:NULL'] }]),
  'an unknown critical extension of the list': () =>
    rooted(() => [{ extensions: ['1.2.3.4.5 = critical, ASN1:NULL'] }]),
  'a list of changes alone': async () => ({
    ...(await rooted(() => [{ extensions: ['2.5.29.27 = critical, DER:020101'] }])),
    stricter: 'OpenSSL takes a delta for a complete list',
  }),
  'a list for endorsers alone': async () => ({
    ...(await rooted(() => [{ extensions: ['issuingDistributionPoint = critical, onlyuser:TRUE'] }])),
  }),
  'a list for CAs alone': () =>
    rooted(() => [{ extensions: ['issuingDistributionPoint = critical, onlyCA:TRUE'] }]),
  'two lists, one for endorsers and one for CAs': async () => ({
    ...(await rooted(() => [
      { extensions: ['issuingDistributionPoint = critical, onlyuser:TRUE'] },
      { extensions: ['issuingDistributionPoint = critical, onlyCA:TRUE'] },
    ])),
    stricter: LIMITED,
  }),
  'a list for some reasons alone': () =>
    rooted(() => [{ extensions: ['issuingDistributionPoint = critical, onlysomereasons:keyCompromise'] }]),
  'a list for other CAs too': () =>
    rooted(() => [{ extensions: ['issuingDistributionPoint = critical, indirectCRL:TRUE'] }]),
  'a list from a certain address': () =>
    rooted(() => [
      { extensions: ['issuingDistributionPoint = critical, fullname:URI:http://ca.example.org/1.crl'] },
    ]),
  'a list signed with SHA-1': () => rooted(() => [{ digest: 'sha1' }]),
  'a list signed with MD5': async () => {
    const made = await withRoot({ kind: 'rsa' })
    return {
      ...made,
      crls: [await crl(made.root, { digest: 'md5' })],
      stricter: 'anybody can make a second list with the same MD5',
    }
  },
  'a list of an Ed25519 root': async () => {
    const made = await withRoot({ kind: 'ed25519' })
    return { ...made, crls: [await crl(made.root, { digest: 'null' })] }
  },
  'a list of an RSA root': async () => {
    const made = await withRoot({ kind: 'rsa' })
    return { ...made, crls: [await crl(made.root)] }
  },
  'a self-signed endorser, trusted, who has no list': async () => {
    const leaf = await endorser(null)
    return { leaf, trusted: [leaf], crls: [] }
  },
  'lists and CAs in one file': async () => ({ ...(await between(nothing, nothing)), bundle: true }),
  'lists and CAs in one file: the endorser is revoked': async () => ({
    ...(await rooted(async (leaf) => [{ revoked: [await revoking(leaf)] }])),
    bundle: true,
  }),
  'names that the signing policy allows': () => policed('/DC=org/CN=*'),
  'names that the signing policy does not allow': async () => ({
    ...(await policed('/DC=com/*')),
    stricter: 'OpenSSL knows no signing policies; vmcatcher does',
  }),
}

const CRL_NUMBER = '2.5.29.20 = DER:020105'
const OTHER_SERIAL = '300582030a0b0c'

async function policed(subjects: string): Promise<Case> {
  const made = await withRoot({})
  const policy = [
    "access_id_CA X509 '/DC=org/CN=Root'",
    'pos_rights globus CA:sign',
    `cond_subjects globus '"${subjects}"'`,
  ]
  return { ...made, files: { 'root.signing_policy': `${policy.join('\n')}\n` } }
}
