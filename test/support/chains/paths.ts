import type { Identity } from '../../../scripts/pki.ts'
import type { Case, Rows } from './case.ts'
import {
  authority,
  CA,
  days,
  endorser,
  FUTURE,
  PAST,
  withExtensions,
  withLeaf,
  withMiddle,
  withRoot,
} from './workshop.ts'

/** A CA with a certificate by its own hand and one by a root, and an endorser below it. */
async function crossing() {
  const root = await authority(null, 'Root')
  const own = await authority(null, 'Middle')
  const cross = await authority(root, 'Middle', { key: own.key })
  return { root, own, cross, leaf: await endorser(own) }
}

async function crossSigned(choose: (made: { own: Identity; cross: Identity }) => Identity[]): Promise<Case> {
  const { root, leaf, ...made } = await crossing()
  return { leaf, others: choose(made), trusted: [root] }
}

const NO_IDENTIFIER = ['authorityKeyIdentifier = none']

async function rekeyed(wrongFirst: boolean): Promise<Case> {
  const [right, wrong] = [await authority(null, 'Root'), await authority(null, 'Root')]
  const leaf = await endorser(right, { extensions: NO_IDENTIFIER })
  return { leaf, trusted: wrongFirst ? [wrong, right] : [right, wrong] }
}

async function twins(wrongFirst: boolean): Promise<Case> {
  const root = await authority(null, 'Root')
  const [right, wrong] = [await authority(root, 'Middle'), await authority(root, 'Middle')]
  const leaf = await endorser(right, { extensions: NO_IDENTIFIER })
  return { leaf, others: wrongFirst ? [wrong, right] : [right, wrong], trusted: [root] }
}

/** So many CAs between the root and the endorser. */
async function long(length: number): Promise<Case> {
  const root = await authority(null, 'Root')
  const between: Identity[] = []
  for (let depth = 1; depth <= length; depth += 1)
    between.push(await authority(between.at(-1) ?? root, `Depth ${depth}`))
  return { leaf: await endorser(between.at(-1) ?? root), others: between, trusted: [root] }
}

const constraint = (kind: 'permitted' | 'excluded', domain: string): string[] => [
  `nameConstraints = critical, ${kind};dirName:section`,
  '[section]',
  `DC = ${domain}`,
]

/** Who issued whom, when, and who is trusted. */
export const PATHS: Rows = {
  'a root and an endorser': () => withRoot({}),
  'a CA between, in the message': () => withMiddle({}),
  'a CA between that is missing': async () => ({ ...(await withMiddle({})), others: [] }),
  'a CA between, in the trust folder': async () => {
    const { leaf, others = [], trusted } = await withMiddle({})
    return { leaf, trusted: [...trusted, ...others] }
  },
  'only the CA between is trusted': async () => {
    const { leaf, others = [] } = await withMiddle({})
    return { leaf, trusted: others }
  },
  'another root is trusted': async () => ({
    ...(await withRoot({})),
    trusted: [await authority(null, 'Other')],
  }),
  'the untrusted root is in the message': async () => {
    const { leaf, trusted } = await withRoot({})
    return { leaf, others: trusted, trusted: [await authority(null, 'Other')] }
  },
  'a trusted root of the same name with another key': async () => ({
    ...(await withRoot({ extensions: [CA] })),
    trusted: [await authority(null, 'Root', { extensions: [CA] })],
  }),
  'forged: issued by another key under the trusted root’s name': async () => {
    const forger = await authority(null, 'Root')
    const leaf = await endorser(forger, { extensions: ['authorityKeyIdentifier = none'] })
    return { leaf, trusted: [await authority(null, 'Root')] }
  },
  'forged: the CA between is another key under its name': async () => {
    const { trusted, others: [real] = [] } = await withMiddle({})
    const forger = await authority(null, 'Middle')
    const leaf = await endorser(forger, { extensions: ['authorityKeyIdentifier = none'] })
    return { leaf, others: real ? [real] : [], trusted }
  },
  'two trusted roots of the same name': async () => {
    const { leaf, trusted } = await withRoot({})
    return { leaf, trusted: [await authority(null, 'Root'), ...trusted] }
  },
  'a root that was renewed with its key': async () => {
    const old = await authority(null, 'Root', PAST)
    const renewed = await authority(null, 'Root', { key: old.key })
    return { leaf: await endorser(renewed), trusted: [old, renewed] }
  },
  'the endorser’s certificate has ended': () => withLeaf(PAST),
  'the endorser’s certificate is yet to come': () => withLeaf(FUTURE),
  'it had not ended then': async () => ({ ...(await withLeaf(PAST)), at: days(-15) }),
  'it had not begun then': async () => ({ ...(await withLeaf({})), at: days(-101) }),
  'the CA between has ended': () => withMiddle(PAST),
  'the root has ended': () => withRoot(PAST),
  'the CA between is none': () => withMiddle({ extensions: ['basicConstraints = CA:FALSE'] }),
  'the CA between has only keyUsage': () => withMiddle({ extensions: ['keyUsage = keyCertSign'] }),
  'the CA between may not sign certificates': () => withMiddle({ extensions: [CA, 'keyUsage = cRLSign'] }),
  'the CA between has no extensions': () => withMiddle({ extensions: ['subjectKeyIdentifier = hash'] }),
  'the root has no basicConstraints': () => withRoot({ extensions: ['subjectKeyIdentifier = hash'] }),
  'the root has only keyUsage': () => withRoot({ extensions: ['keyUsage = keyCertSign'] }),
  'the root is of version 1': async () => {
    const root = await authority(null, 'Root', { extensions: [] })
    return { leaf: await endorser(root, { extensions: [] }), trusted: [root] }
  },
  'the root allows no CA between': () =>
    withMiddle({}, { extensions: ['basicConstraints = critical, CA:TRUE, pathlen:0'] }),
  'the CA between allows none below': () =>
    withMiddle({ extensions: ['basicConstraints = critical, CA:TRUE, pathlen:0'] }),
  'two CAs between where one is allowed': async () => {
    const root = await authority(null, 'Root', {
      extensions: ['basicConstraints = critical, CA:TRUE, pathlen:1'],
    })
    const upper = await authority(root, 'Upper')
    const lower = await authority(upper, 'Lower')
    return { leaf: await endorser(lower), others: [lower, upper], trusted: [root] }
  },
  'a self-issued CA between does not count': async () => {
    const root = await authority(null, 'Root', { extensions: [CA.concat(', pathlen:0')] })
    const again = await authority(root, 'Root', { extensions: [CA, 'authorityKeyIdentifier = keyid:always'] })
    return { leaf: await endorser(again), others: [again], trusted: [root] }
  },
  'the endorser’s certificate is issued by another endorser': async () => {
    const root = await authority(null, 'Root')
    const other = await endorser(root, { subject: '/DC=org/CN=Other' })
    return { leaf: await endorser(other), others: [other], trusted: [root] }
  },
  'a proxy certificate': async () => {
    const root = await authority(null, 'Root')
    const user = await endorser(root)
    const leaf = await endorser(user, {
      subject: '/DC=org/CN=Owen Synge/CN=1234',
      extensions: ['proxyCertInfo = critical, language:id-ppl-inheritAll'],
    })
    return { leaf, others: [user], trusted: [root] }
  },
  'a self-signed endorser, trusted': async () => {
    const leaf = await endorser(null)
    return { leaf, trusted: [leaf] }
  },
  'a self-signed endorser, not trusted': async () => ({
    leaf: await endorser(null),
    trusted: [await authority(null, 'Root')],
  }),
  'the endorser’s certificate ends this second': async () => ({
    ...(await withLeaf({ until: days(1) })),
    at: days(1),
  }),
  'the endorser’s certificate has one second left': async () => ({
    ...(await withLeaf({ until: days(1) })),
    at: new Date(days(1).getTime() - 1000),
  }),
  'the endorser’s certificate begins this second': async () => ({
    ...(await withLeaf({ from: days(-1) })),
    at: days(-1),
  }),
  'the root ends this second': async () => ({ ...(await withRoot({ until: days(1) })), at: days(1) }),
  'the CA between is yet to come': () => withMiddle(FUTURE),
  'the root is yet to come': () => withRoot(FUTURE),
  'the CA between is of version 1': async () => {
    const { middle, trusted } = await withMiddle({ extensions: [] })
    return { leaf: await endorser(middle, { extensions: [] }), others: [middle], trusted }
  },
  'a root of version 1 that has ended': async () => {
    const root = await authority(null, 'Root', { extensions: [], ...PAST })
    return { leaf: await endorser(root, { extensions: [] }), trusted: [root] }
  },
  'an endorser of version 1 below a CA between': async () => {
    const { middle, trusted } = await withMiddle({})
    return { leaf: await endorser(middle, { extensions: [] }), others: [middle], trusted }
  },
  'the path may have one CA, and has': () =>
    withMiddle({}, { extensions: ['basicConstraints = critical, CA:TRUE, pathlen:1'] }),
  'a path length on what is no CA': () => withExtensions('basicConstraints = CA:FALSE, pathlen:1'),
  'cross-signed: by the trusted root, and by itself': () => crossSigned(({ own, cross }) => [own, cross]),
  'cross-signed: the same, in the other order': () => crossSigned(({ own, cross }) => [cross, own]),
  'cross-signed: only by itself': () => crossSigned(({ own }) => [own]),
  'cross-signed: by the trusted root, with the CA’s own certificate in the folder': async () => {
    const { leaf, own, cross } = await crossing()
    return { leaf, others: [cross], trusted: [own] }
  },
  'cross-signed: by the trusted root, and by one that is not trusted': async () => {
    const { leaf, own, cross, root } = await crossing()
    const other = await authority(await authority(null, 'Other'), 'Middle', { key: own.key })
    return { leaf, others: [cross, other], trusted: [root] }
  },
  'cross-signed: the same, in the other order of CAs': async () => {
    const { leaf, own, cross, root } = await crossing()
    const other = await authority(await authority(null, 'Other'), 'Middle', { key: own.key })
    return { leaf, others: [other, cross], trusted: [root] }
  },
  'a root that was renewed with its key, and both are in date': async () => {
    const old = await authority(null, 'Root')
    const renewed = await authority(null, 'Root', { key: old.key })
    return { leaf: await endorser(old), trusted: [renewed] }
  },
  'a CA between that was renewed: the old one in the message, the new one in the folder': async () => {
    const root = await authority(null, 'Root')
    const old = await authority(root, 'Middle', PAST)
    const renewed = await authority(root, 'Middle', { key: old.key })
    return { leaf: await endorser(renewed), others: [old], trusted: [root, renewed] }
  },
  'a CA between that was renewed: both in the message': async () => {
    const root = await authority(null, 'Root')
    const old = await authority(root, 'Middle', PAST)
    const renewed = await authority(root, 'Middle', { key: old.key })
    return { leaf: await endorser(renewed), others: [old, renewed], trusted: [root] }
  },
  'a CA between that was renewed: the folder has only the old one': async () => {
    const root = await authority(null, 'Root')
    const old = await authority(root, 'Middle', PAST)
    const renewed = await authority(root, 'Middle', { key: old.key })
    return { leaf: await endorser(renewed), others: [renewed], trusted: [root, old] }
  },
  'a root renewed with another key, no key identifiers: the right one first': () => rekeyed(false),
  'a root renewed with another key, no key identifiers: the wrong one first': () => rekeyed(true),
  'two CAs between of one name, no key identifiers: the right one first': () => twins(false),
  'two CAs between of one name, no key identifiers: the wrong one first': () => twins(true),
  'the endorser’s certificate names another key of its CA': () =>
    withExtensions('subjectKeyIdentifier = hash', `2.5.29.35 = DER:30168014${'ab'.repeat(20)}`),
  'the endorser’s certificate names another serial number of its CA': async () => {
    const [one, two] = [await authority(null, 'Root'), await authority(null, 'Root')]
    const twin = await authority(null, 'Root', { key: one.key })
    const leaf = await endorser(one, { extensions: ['authorityKeyIdentifier = issuer:always'] })
    return { leaf, trusted: [twin, two] }
  },
  'the CA between names another key of the root': () =>
    withMiddle({
      extensions: [CA, 'subjectKeyIdentifier = hash', `2.5.29.35 = DER:30168014${'ab'.repeat(20)}`],
    }),
  'two CAs that certify each other': async () => {
    const [one, two] = [await authority(null, 'One'), await authority(null, 'Two')]
    const oneByTwo = await authority(two, 'One', { key: one.key })
    const twoByOne = await authority(one, 'Two', { key: two.key })
    const trusted = [await authority(null, 'Root')]
    return { leaf: await endorser(one), others: [oneByTwo, twoByOne], trusted }
  },
  'two CAs that certify each other, one of them trusted': async () => {
    const [one, two] = [await authority(null, 'One'), await authority(null, 'Two')]
    const oneByTwo = await authority(two, 'One', { key: one.key })
    const twoByOne = await authority(one, 'Two', { key: two.key })
    return { leaf: await endorser(one), others: [oneByTwo, twoByOne], trusted: [two] }
  },
  'a chain of seven': () => long(5),
  'a chain of eleven': () => long(9),
  'a chain of fourteen': async () => ({
    ...(await long(12)),
    stricter: 'no endorser’s chain comes near: vmcast follows ten issuers, OpenSSL a hundred',
  }),
  'a chain of seven that lacks one': async () => {
    const { leaf, others = [], trusted } = await long(5)
    return { leaf, others: others.filter((_, at) => at !== 2), trusted }
  },
  'a message full of certificates that have nothing to do with it': async () => {
    const { middle, ...usual } = await withMiddle({})
    const stray = await Promise.all(Array.from({ length: 12 }, (_, at) => authority(null, `Stray ${at}`)))
    return { ...usual, others: [...stray, middle] }
  },
  'the endorser’s own certificate is in the folder, its CA is not': async () => {
    const { leaf } = await withRoot({})
    return { leaf, trusted: [leaf, await authority(null, 'Other')] }
  },
  'the endorser’s own certificate is in the folder, with its CA': async () => {
    const { leaf, root } = await withRoot({})
    return { leaf, trusted: [leaf, root] }
  },
  'a self-signed endorser, trusted, has ended': async () => {
    const leaf = await endorser(null, PAST)
    return { leaf, trusted: [leaf] }
  },
  'a self-signed endorser whose other name is garbage, trusted': async () => {
    const leaf = await endorser(null, { extensions: ['2.5.29.17 = DER:0500'] })
    return { leaf, trusted: [leaf, await authority(null, 'Other')] }
  },
  'a proxy of a proxy': async () => {
    const root = await authority(null, 'Root')
    const user = await endorser(root)
    const extensions = ['proxyCertInfo = critical, language:id-ppl-inheritAll']
    const first = await endorser(user, { subject: '/DC=org/CN=Owen Synge/CN=1', extensions })
    const leaf = await endorser(first, { subject: '/DC=org/CN=Owen Synge/CN=1/CN=2', extensions })
    return { leaf, others: [first, user], trusted: [root] }
  },
  'a proxy of old, by its name alone': async () => {
    const root = await authority(null, 'Root')
    const user = await endorser(root)
    const leaf = await endorser(user, { subject: '/DC=org/CN=Owen Synge/CN=proxy', extensions: [] })
    return { leaf, others: [user], trusted: [root] }
  },
  'trust in one file': async () => ({ ...(await withMiddle({})), bundle: true }),
  'trust in one file, of somebody else': async () => ({
    ...(await withMiddle({})),
    trusted: [await authority(null, 'Other')],
    bundle: true,
  }),
  'names that the root permits': async () => ({
    ...(await withRoot({ extensions: [CA, ...constraint('permitted', 'org')] })),
    stricter: 'name constraints are not interpreted: no CA of a grid has any, so whoever has is refused',
  }),
  'names that the root does not permit': () =>
    withRoot({ extensions: [CA, ...constraint('permitted', 'com')] }),
  'names that the CA between excludes': () =>
    withMiddle({ extensions: [CA, ...constraint('excluded', 'org')] }),
}
