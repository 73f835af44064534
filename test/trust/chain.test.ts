import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  makeTrustFolder,
  openssl,
  type Identity,
  type Wish,
} from '../../scripts/pki.ts'
import { openMessage } from '../../src/list/smime.ts'
import { loadAnchors } from '../../src/trust/anchors.ts'
import { judgeChain } from '../../src/trust/chain.ts'

const DAY = 86_400_000
const NOW = new Date()
const days = (count: number) => new Date(NOW.getTime() + count * DAY)
const PAST = { from: days(-20), until: days(-10) }
const FUTURE = { from: days(10), until: days(20) }

let folder: string
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmcast-chain-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A certificate under `issuer`; what is not wished for is usual. */
const make = (issuer: Identity | null, wish: Wish): Promise<Identity> =>
  issue(folder, `${(count += 1)}`, issuer, { kind: 'p256', from: days(-100), until: days(100), ...wish })

const authority = (issuer: Identity | null, name: string, wish: Partial<Wish> = {}): Promise<Identity> =>
  make(issuer, { subject: `/DC=org/CN=${name}`, extensions: AUTHORITY_EXTENSIONS, ...wish })

const endorser = (issuer: Identity | null, wish: Partial<Wish> = {}): Promise<Identity> =>
  make(issuer, { subject: '/DC=org/CN=Owen Synge', extensions: ENDORSER_EXTENSIONS, ...wish })

interface Case {
  leaf: Identity
  others?: Identity[]
  trusted: Identity[]
  at?: Date
}

/** A root, and an endorser with these extensions instead of the usual ones. */
const withExtensions = async (...extensions: string[]): Promise<Case> => {
  const root = await authority(null, 'Root')
  return { leaf: await endorser(root, { extensions }), trusted: [root] }
}

/** A root, a CA between with these peculiarities, and an endorser. */
const withMiddle = async (wish: Partial<Wish>, rootWish: Partial<Wish> = {}): Promise<Case> => {
  const root = await authority(null, 'Root', rootWish)
  const middle = await authority(root, 'Middle', wish)
  return { leaf: await endorser(middle), others: [middle], trusted: [root] }
}

const withRoot = async (wish: Partial<Wish>): Promise<Case> => {
  const root = await authority(null, 'Root', wish)
  return { leaf: await endorser(root), trusted: [root] }
}

const withLeaf = async (wish: Partial<Wish>): Promise<Case> => {
  const root = await authority(null, 'Root')
  return { leaf: await endorser(root, wish), trusted: [root] }
}

const CA = 'basicConstraints = critical, CA:TRUE'
const UNKNOWN = '1.2.3.4.5 = critical, ASN1:NULL'

const CASES: Record<string, () => Promise<Case>> = {
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
  'an unknown critical extension': () => withExtensions(UNKNOWN),
  'an unknown extension': () => withExtensions('1.2.3.4.5 = ASN1:NULL'),
  'an unknown critical extension of the CA between': () => withMiddle({ extensions: [CA, UNKNOWN] }),
  'critical policies': () => withExtensions('certificatePolicies = critical, 1.2.3.4'),
  'keyUsage for encryption alone': () => withExtensions('keyUsage = keyEncipherment'),
  'keyUsage nonRepudiation alone': () => withExtensions('keyUsage = nonRepudiation'),
  'no keyUsage at all': () => withExtensions('subjectKeyIdentifier = hash'),
  'no extensions at all': () => withExtensions(),
  'the endorser’s certificate is a CA’s': () =>
    withExtensions(CA, 'keyUsage = keyCertSign, digitalSignature'),
  'a host certificate': () => withExtensions('extendedKeyUsage = serverAuth'),
  'a client’s certificate': () => withExtensions('extendedKeyUsage = clientAuth'),
  'a certificate for code': () => withExtensions('extendedKeyUsage = codeSigning'),
  'a certificate for mail': () => withExtensions('extendedKeyUsage = critical, emailProtection'),
  'a certificate for anything': () => withExtensions('extendedKeyUsage = anyExtendedKeyUsage'),
  'a CA between for clients': () => withMiddle({ extensions: [CA, 'extendedKeyUsage = clientAuth'] }),
  'a CA between for mail': () => withMiddle({ extensions: [CA, 'extendedKeyUsage = emailProtection'] }),
  'a root for servers': () => withRoot({ extensions: [CA, 'extendedKeyUsage = serverAuth'] }),
  'Netscape: a server': () => withExtensions('nsCertType = server'),
  'Netscape: a client': () => withExtensions('nsCertType = client'),
  'Netscape: mail': () => withExtensions('nsCertType = email'),
  'Netscape: objects': () => withExtensions('nsCertType = objsign'),
  'Netscape: a CA for servers, nothing else said': () => withMiddle({ extensions: ['nsCertType = sslCA'] }),
  'Netscape: a CA for mail, nothing else said': () => withMiddle({ extensions: ['nsCertType = emailCA'] }),
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
  'signed with SHA-1': () => withLeaf({ digest: 'sha1' }),
  'a short RSA key': () => withLeaf({ kind: 'rsa-1024' }),
  'an Ed25519 root': () => withRoot({ kind: 'ed25519' }),
}

/** What OpenSSL says of a message by this endorser; the same by both of its programs. */
async function askOpenssl(path: string, trust: string, at: Date): Promise<boolean> {
  const options = [
    '-CApath',
    trust,
    '-no-CAfile',
    '-no-CAstore',
    '-attime',
    `${Math.floor(at.getTime() / 1000)}`,
  ]
  const [smime, cms] = await Promise.all(
    ['smime', 'cms'].map((program) =>
      execa('openssl', [program, '-verify', '-in', path, ...options], { reject: false }),
    ),
  )
  expect(smime?.exitCode === 0).toBe(cms?.exitCode === 0)
  return smime?.exitCode === 0
}

async function build(name: string, { leaf, others = [], trusted }: Case) {
  const base = join(folder, name.replaceAll(/\W/g, '-'))
  const bundle = await Promise.all(others.map(({ certificate }) => readFile(certificate, 'utf8')))
  await writeFile(`${base}.others.pem`, bundle.join(''))
  await writeFile(`${base}.json`, '{}')
  await openssl(
    folder,
    ...['smime', '-sign', '-in', `${base}.json`, '-out', `${base}.msg`],
    ...['-signer', leaf.certificate, '-inkey', leaf.key],
    ...(others.length > 0 ? ['-certfile', `${base}.others.pem`] : []),
  )
  return { path: `${base}.msg`, trust: await makeTrustFolder(`${base}.trust`, trusted) }
}

describe('judgeChain', () => {
  it.each(Object.entries(CASES))('agrees with OpenSSL: %s', async (name, prepare) => {
    const prepared = await prepare()
    const { path, trust } = await build(name, prepared)
    const at = prepared.at ?? NOW
    const { signer, others } = openMessage(await readFile(path))
    const reason = judgeChain(signer, others, await loadAnchors(trust), at)
    expect({ accepted: reason === null, reason }).toEqual({
      accepted: await askOpenssl(path, trust, at),
      reason,
    })
  })

  it('is stricter than OpenSSL where a CA has name constraints: they are not interpreted', async () => {
    const { leaf, trusted } = await withRoot({
      extensions: [CA, 'nameConstraints = critical, permitted;dirName:section', '[section]', 'DC = org'],
    })
    const { path, trust } = await build('constrained', { leaf, trusted })
    const { signer, others } = openMessage(await readFile(path))
    expect(judgeChain(signer, others, await loadAnchors(trust), NOW)).toBe(
      'the certificate /DC=org/CN=Root has name constraints, which vmcast does not interpret',
    )
  })

  it('names a forgery for what it is', async () => {
    const leaf = await endorser(await authority(null, 'Root'), {
      extensions: ['authorityKeyIdentifier = none'],
    })
    const { path, trust } = await build('forged', { leaf, trusted: [await authority(null, 'Root')] })
    const { signer, others } = openMessage(await readFile(path))
    expect(judgeChain(signer, others, await loadAnchors(trust), NOW)).toBe(
      'the signature on /DC=org/CN=Owen Synge is not its CA’s',
    )
  })

  it('gives every reason at once', async () => {
    const { leaf } = await withLeaf({ ...PAST, extensions: ['extendedKeyUsage = serverAuth'] })
    const { path, trust } = await build('several', { leaf, trusted: [await authority(null, 'Other')] })
    const { signer, others } = openMessage(await readFile(path))
    expect(judgeChain(signer, others, await loadAnchors(trust), NOW)?.split('; ')).toEqual([
      expect.stringMatching(/^the certificate \/DC=org\/CN=Owen Synge ended on /),
      'no trusted certificate of its CA /DC=org/CN=Root was found',
      'its extended key usage lacks emailProtection (unsuitable certificate purpose)',
    ])
  })
})
