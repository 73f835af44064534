import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Integer, Null, ObjectIdentifier, UTCTime, type BaseBlock } from 'asn1js'
import fc from 'fast-check'
import { ContentInfo, SignedAndUnsignedAttributes, SignedData, SignerInfo, type Attribute } from 'pkijs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  openssl,
  type Identity,
  type KeyKind,
} from '../../scripts/pki.ts'
import { countersign } from '../../src/list/cms/countersign.ts'
import { readCountersignatures } from '../../src/list/cms/countersignatures.ts'
import { digestOf, makeAttribute, makeSignerInfo } from '../../src/list/cms/make.ts'
import { OID } from '../../src/list/cms/oid.ts'
import { readSignature, verifySignature } from '../../src/list/cms/read.ts'
import { signatureOf, signedAttributesOf } from '../../src/list/cms/signer-info.ts'
import { countersignMessage, openMessage, sign } from '../../src/list/smime.ts'
import { cutSignerInfos, isSignedBy } from '../support/asn1.ts'
import { altered, derOf, withDer } from '../support/cms.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { keyWithSameSignature } from '../support/same-signature.ts'

const CONTENT = '{\n    "hv:imagelist": {\n        "dc:title": "caf\\u00e9"\n    }\n}\n'
const NOW = new Date('2026-03-01T12:00:00Z')
const LATER = new Date('2026-03-02T12:00:00Z')

let pki: Pki
const people = new Map<string, Identity>()
beforeAll(async () => {
  pki = await makePki()
  const kinds: [string, KeyKind][] = [
    ['rsa-1', 'rsa'],
    ['rsa-2', 'rsa'],
    ['p256-1', 'p256'],
    ['p256-2', 'p256'],
    ['p384-1', 'p384'],
  ]
  for (const [name, kind] of kinds) people.set(name, await pki.endorser(name, kind))
})
afterAll(() => pki.remove())

const person = (name: string): Identity => {
  const found = people.get(name)
  if (!found) throw new Error(`nobody is called ${name}`)
  return found
}
const penOf = (name: string) => signerOf(person(name))
const dnOf = (name: string) => `/DC=org/DC=example/OU=People/CN=Owen Synge ${name}`

/** A list that the first of these signed, and the others countersigned. */
async function signedBy(first: string, ...others: string[]): Promise<Buffer> {
  let message = await sign(CONTENT, await penOf(first), NOW)
  for (const other of others) message = await countersignMessage(message, await penOf(other), LATER)
  return Buffer.from(message)
}

const countersignersOf = (bytes: Uint8Array) =>
  openMessage(bytes).countersigners.map(({ certificate }) => certificate.dn)

/** The message and its signature in DER, as files in the PKI's folder. */
async function write(name: string, message: Uint8Array): Promise<{ message: string; der: string }> {
  await writeFile(join(pki.folder, `${name}.msg`), message)
  await writeFile(join(pki.folder, `${name}.der`), derOf(message))
  return { message: `${name}.msg`, der: `${name}.der` }
}

const ORDERS: [string, ...string[]][] = [
  ['rsa-1', 'p256-1'],
  ['p256-1', 'rsa-1'],
  ['rsa-1', 'rsa-2'],
  ['p256-1', 'p256-2'],
  ['p256-1', 'p384-1'],
  ['p384-1', 'rsa-1', 'p256-1'],
]

describe.each(ORDERS)('a list signed by %s, and countersigned by %s', (first, ...others) => {
  const name = [first, ...others].join('-')
  let bytes: Buffer
  beforeAll(async () => {
    bytes = await signedBy(first, ...others)
  })

  it('names who countersigned, and when', () => {
    const { content, signer, countersigners, countersignatureFaults, signedAt, ours } = openMessage(bytes)
    expect({ content, signedAt, ours, countersignatureFaults }).toEqual({
      content: CONTENT,
      signedAt: NOW,
      ours: true,
      countersignatureFaults: [],
    })
    expect(signer.dn).toBe(dnOf(first))
    expect(
      countersigners.map(({ certificate, signedAt: at, digest }) => ({ dn: certificate.dn, at, digest })),
    ).toEqual(others.map((other) => ({ dn: dnOf(other), at: LATER, digest: 'SHA-256' })))
  })

  it.each(['smime', 'cms'])('openssl %s -verify accepts it', async (program) => {
    const { message } = await write(name, bytes)
    const shown = await openssl(pki.folder, program, '-verify', '-in', message, '-CApath', pki.trust)
    expect(shown.replaceAll('\r\n', '\n').trim()).toBe(CONTENT.trim())
  })

  it('differs from what was signed in the base64 alone, and in that by what was added', async () => {
    const [before, after] = [await signedBy(first), bytes].map((one) => one.toString('latin1').split('\n'))
    const isBase64 = (line: string) => /^[A-Za-z0-9+/=]{1,64}$/.test(line)
    expect(after?.filter((line) => !isBase64(line))).toEqual(before?.filter((line) => !isBase64(line)))
  })

  it('keeps the first signature, its attributes and certificates byte by byte', async () => {
    // ECDSA signs differently each time: so the message to countersign is this one.
    const message = await sign(CONTENT, await penOf(first), NOW)
    const { der: one } = await write(`${name}-before`, message)
    const { der: other } = await write(
      `${name}-after`,
      await countersignMessage(message, await penOf(others[0] ?? ''), LATER),
    )
    const [before] = await cutSignerInfos(pki.folder, one)
    const [after] = await cutSignerInfos(pki.folder, other)
    expect(after.signature.equals(before.signature)).toBe(true)
    expect(after.signedAttributes.equals(before.signedAttributes)).toBe(true)
    const certificates = async (file: string) =>
      (await openssl(pki.folder, 'pkcs7', '-inform', 'DER', '-in', file, '-print_certs')).trim()
    expect((await certificates(other)).startsWith(await certificates(one))).toBe(true)
  })

  it('has the structure of RFC 5652, as openssl prints it', async () => {
    const { message } = await write(name, bytes)
    const shown = await openssl(pki.folder, 'cms', '-cmsout', '-print', '-noout', '-in', message)
    const [, unsigned = ''] = shown.split(/^ {8}unsignedAttrs:$/m)
    expect(unsigned.match(/object: countersignature \(1\.2\.840\.113549\.1\.9\.6\)/g)).toHaveLength(
      others.length,
    )
    expect(shown.match(/^ {8}d\.issuerAndSerialNumber:/gm)).toHaveLength(1)
    expect(shown.match(/^ +d\.certificate:/gm)).toHaveLength(others.length + 1)
  })

  it('holds under an independent look: digests and signatures by the openssl program', async () => {
    const { der } = await write(name, bytes)
    const [info, ...countersignatures] = await cutSignerInfos(pki.folder, der)
    expect(countersignatures).toHaveLength(others.length)
    for (const [index, one] of countersignatures.entries()) {
      expect([...one.attributes.keys()]).toEqual(['signingTime', 'messageDigest', 'id-smime-aa-msgSigDigest'])
      expect(one.attributes.get('signingTime')).toBe('UTCTIME :260302120000Z')
      expect(one.attributes.get('messageDigest')).toBe(await sumBy(info.signature))
      expect(one.attributes.get('id-smime-aa-msgSigDigest')).toBe(await sumBy(info.signedAttributes))
      const { certificate } = person(others[index] ?? '')
      expect(await isSignedBy(pki.folder, certificate, one)).toBe(true)
      expect(await isSignedBy(pki.folder, person(first).certificate, one)).toBe(false)
    }
  })
})

async function sumBy(bytes: Buffer): Promise<string> {
  await writeFile(join(pki.folder, 'summed.bin'), bytes)
  const said = await openssl(pki.folder, 'dgst', '-sha256', '-r', 'summed.bin')
  return (said.split(' ')[0] ?? '').toUpperCase()
}

describe('who may not countersign', () => {
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'countersigned',
      (error: unknown) => error,
    )
  const refused = (reason: string) => ({
    code: 'countersign-refused',
    message: expect.stringContaining(reason) as string,
  })

  it('the signer, and who did so already', async () => {
    const bytes = await signedBy('rsa-1', 'p256-1')
    for (const name of ['rsa-1', 'p256-1'])
      expect(await code(countersignMessage(bytes, await penOf(name), LATER))).toMatchObject(
        refused(`${dnOf(name)} cannot countersign this list: they have signed it already`),
      )
  })

  it('the same name from another CA, and another name with the same key', async () => {
    const bytes = await signedBy('rsa-1', 'p256-1')
    const own = { kind: 'p256', extensions: ENDORSER_EXTENSIONS } as const
    const other = await issue(pki.folder, 'other-ca', null, {
      subject: '/CN=Other CA',
      kind: 'p256',
      extensions: AUTHORITY_EXTENSIONS,
    })
    for (const [index, name] of ['rsa-1', 'p256-1'].entries()) {
      const twin = await issue(pki.folder, `twin-${index}`, other, { subject: dnOf(name), ...own })
      expect(await code(countersignMessage(bytes, await signerOf(twin), LATER))).toMatchObject(
        refused('they have signed it already'),
      )
      const alias = await issue(pki.folder, `alias-${index}`, pki.ca, {
        subject: `/CN=Alias ${index}`,
        extensions: ENDORSER_EXTENSIONS,
        key: person(name).key,
      })
      expect(await code(countersignMessage(bytes, await signerOf(alias), LATER))).toMatchObject(
        refused('somebody has signed it with the same key'),
      )
    }
  })

  it('anybody, what is not intact, or not as vmcast wrote it, or is countersigned badly', async () => {
    const bytes = await signedBy('p256-1')
    const pen = await penOf('p256-2')
    const tampered = Buffer.from(bytes.toString().replace('caf', 'tea'))
    expect(await code(countersignMessage(tampered, pen, LATER))).toMatchObject({ code: 'message-broken' })
    const crlf = Buffer.from(bytes.toString().replaceAll('\n', '\r\n'))
    expect(openMessage(crlf).ours).toBe(true)
    expect(await code(countersignMessage(crlf, pen, LATER))).toMatchObject(refused('byte by byte'))
    const bad = altered(await signedBy('p256-1', 'rsa-1'), ({ unsignedAttrs }) => {
      unsignedAttrs?.attributes.push(makeAttribute(OID.countersignature, new Null()))
    })
    expect(await code(countersignMessage(bad, pen, LATER))).toMatchObject(
      refused('a countersignature on it is broken: it cannot be read'),
    )
  })

  it('with a key that is not theirs', async () => {
    const pen = { ...(await penOf('p256-2')), sign: (await penOf('p256-1')).sign }
    expect(await code(countersignMessage(await signedBy('p256-1'), pen, LATER))).toMatchObject(
      refused(`the signature on that of ${dnOf('p256-2')} is not theirs`),
    )
  })
})

describe('what does not count', () => {
  /** A message, and what a countersignature with these signed attributes comes to. */
  async function judged(attributes: (info: SignerInfo) => Attribute[], by = 'p256-2') {
    const message = await signedBy('rsa-1')
    const pen = await penOf(by)
    const [first] = new SignedData({ schema: ContentInfo.fromBER(derOf(message)).content }).signerInfos
    if (!first) throw new Error('nobody signed it')
    const own = await makeSignerInfo(pen, attributes(first))
    return openMessage(
      altered(message, (info, { certificates }) => {
        const attribute = makeAttribute(OID.countersignature, own.toSchema())
        info.unsignedAttrs = new SignedAndUnsignedAttributes({ type: 1, attributes: [attribute] })
        certificates?.push(pen.certificate.asn1)
      }),
    )
  }

  const time = makeAttribute(OID.signingTime, new UTCTime({ valueDate: LATER }))
  const digest = (info: SignerInfo) => makeAttribute(OID.messageDigest, digestOf(signatureOf(info)))
  const content = (info: SignerInfo) =>
    makeAttribute(OID.msgSigDigest, digestOf(signedAttributesOf(info) ?? Buffer.alloc(0)))
  const type = makeAttribute(OID.contentType, new ObjectIdentifier({ value: OID.data }))
  const other = digestOf(Buffer.from('something else'))

  it('a countersignature made by hand with what it must have does', async () => {
    const { countersigners, countersignatureFaults } = await judged((info) => [
      time,
      digest(info),
      content(info),
    ])
    expect(countersignatureFaults).toEqual([])
    expect(countersigners).toMatchObject([{ certificate: { dn: dnOf('p256-2') }, signedAt: LATER }])
  })

  it.each<[string, (info: SignerInfo) => Attribute[], string]>([
    ['of the signature alone', (info) => [time, digest(info)], 'does not say which content it is for'],
    ['of no signature', (info) => [time, content(info)], 'is of another signature'],
    [
      'of another signature',
      (info) => [time, makeAttribute(OID.messageDigest, other), content(info)],
      'is of another signature',
    ],
    [
      'of another content',
      (info) => [time, digest(info), makeAttribute(OID.msgSigDigest, other)],
      'does not say which content it is for',
    ],
    [
      'with a content type',
      (info) => [type, time, digest(info), content(info)],
      'has an algorithm or a form that is not accepted',
    ],
    [
      'with two digests',
      (info) => [time, digest(info), digest(info), content(info)],
      'is of another signature',
    ],
  ])('one %s', async (_, attributes, reason) => {
    const { countersigners, countersignatureFaults } = await judged(attributes)
    expect(countersigners).toEqual([])
    expect(countersignatureFaults).toEqual([`that of ${dnOf('p256-2')} ${reason}`])
  })

  it.each<[string, (info: SignerInfo, data: SignedData) => void, string]>([
    [
      'without its certificate',
      (_, data) => {
        data.certificates = data.certificates?.slice(0, 1) ?? []
      },
      'the certificate of who made it is not there',
    ],
    [
      'that is none',
      ({ unsignedAttrs }) => {
        for (const attribute of unsignedAttrs?.attributes ?? []) attribute.values = [new Null()]
      },
      'it cannot be read',
    ],
  ])('one %s', async (_, change, reason) => {
    const { countersigners, countersignatureFaults } = openMessage(
      altered(await signedBy('rsa-1', 'p256-1'), change),
    )
    expect(countersigners).toEqual([])
    expect(countersignatureFaults).toEqual([reason])
  })

  it('one with SHA-1, or whose version or algorithm is another', async () => {
    const message = await signedBy('rsa-1', 'rsa-2')
    const change = (one: (info: SignerInfo) => void) =>
      openMessage(
        altered(message, ({ unsignedAttrs }) => {
          const [attribute] = unsignedAttrs?.attributes ?? []
          if (!attribute) throw new Error('nobody countersigned it')
          const own = new SignerInfo({ schema: attribute.values[0] as BaseBlock })
          one(own)
          attribute.values = [own.toSchema()]
        }),
      )
    expect(change(() => undefined).countersigners).toHaveLength(1)
    const changes: ((info: SignerInfo) => void)[] = [
      (own) => (own.digestAlgorithm.algorithmId = '1.3.14.3.2.26'),
      (own) => (own.digestAlgorithm.algorithmId = OID.sha512),
      (own) => (own.digestAlgorithm.algorithmParams = new Integer({ value: 1 })),
      (own) => (own.signatureAlgorithm.algorithmParams = new Integer({ value: 1 })),
      (own) => (own.signatureAlgorithm.algorithmId = OID.rsaPss),
      (own) => (own.signatureAlgorithm.algorithmId = OID.ecdsaWithSha256),
      (own) => (own.version = 3),
      (own) => delete own.signedAttrs,
    ]
    for (const one of changes) {
      const { countersigners, countersignatureFaults } = change(one)
      expect(countersigners).toEqual([])
      expect(countersignatureFaults).toHaveLength(1)
    }
  })

  it('more than sixteen', async () => {
    const { countersigners, countersignatureFaults } = openMessage(
      altered(await signedBy('rsa-1', 'p256-1'), ({ unsignedAttrs }) => {
        const [attribute] = unsignedAttrs?.attributes ?? []
        if (attribute) attribute.values = Array.from({ length: 100 }, () => attribute.values[0] as BaseBlock)
      }),
    )
    expect(countersigners).toHaveLength(16)
    expect(new Set(countersignatureFaults)).toEqual(new Set(['there are too many']))
  })

  it('one that says so of another content, though the value of the signature is the same', async () => {
    const { honest, forged } = await sameSignature()
    expect(countersignersOf(honest)).toEqual([dnOf('p256-2')])
    expect(forged.content).toBe('{"hv:imagelist": "evil"}\n')
    expect(forged.countersigners).toEqual([])
    expect(forged.countersignatureFaults).toEqual([
      `that of ${dnOf('p256-2')} does not say which content it is for`,
    ])
  })
})

/**
 * A countersigned list, and another content beside the same countersignature: the endorser has two
 * certificates, and under the other key the value of the first signature is good for that content.
 */
async function sameSignature() {
  const content = '{"hv:imagelist": "evil"}\n'
  const pen = await penOf('p256-1')
  const seen: { signed: Uint8Array; signature: Uint8Array }[] = []
  const sign1 = async (signed: Uint8Array) => {
    const signature = await pen.sign(signed)
    seen.push({ signed, signature })
    return signature
  }
  const honest = await countersignMessage(
    await sign(CONTENT, { ...pen, sign: sign1 }, NOW),
    await penOf('p256-2'),
    LATER,
  )
  await sign(content, { ...pen, sign: sign1 }, NOW)
  const [one, other] = seen
  if (!one || !other) throw new Error('nothing was signed')
  const key = keyWithSameSignature(pen.key, one.signature, one.signed, other.signed)
  const file = join(pki.folder, 'same-signature.key.pem')
  await writeFile(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const twin = await issue(pki.folder, 'same-signature', pki.ca, {
    subject: dnOf('p256-1'),
    key: file,
    extensions: ENDORSER_EXTENSIONS,
  })
  const evil = await sign(
    content,
    { ...(await signerOf(twin)), sign: () => Promise.resolve(one.signature) },
    NOW,
  )
  const [from] = new SignedData({ schema: ContentInfo.fromBER(derOf(honest)).content }).signerInfos
  const { certificate } = await penOf('p256-2')
  const forged = altered(evil, (info, { certificates }) => {
    if (from?.unsignedAttrs) info.unsignedAttrs = from.unsignedAttrs
    certificates?.push(certificate.asn1)
  })
  return { honest, forged: openMessage(forged) }
}

describe('a countersignature with anything changed', () => {
  /** The countersignature in a message, byte by byte, and how the message looks with one of them changed. */
  async function regions(first: string, second: string) {
    const message = await signedBy(first, second)
    const { der: file } = await write(`changed-${first}-${second}`, message)
    const der = derOf(message)
    const [, countersignature] = await cutSignerInfos(pki.folder, file)
    if (!countersignature) throw new Error('there is no countersignature')
    const { offset, header, length } = countersignature.at
    const change = (at: number, bits: number) => {
      const changed = Buffer.from(der)
      changed[offset + at] = (changed[offset + at] ?? 0) ^ bits
      return withDer(message, changed)
    }
    return { message, der, offset, size: header + length, change }
  }

  /** Who counts as a countersigner; `broken` where the whole message is. */
  const counting = (bytes: Uint8Array) => {
    try {
      const { content, countersigners } = openMessage(bytes)
      expect(content).toBe(CONTENT)
      return countersigners
    } catch (error) {
      expect(error).toMatchObject({ code: 'message-broken' })
      return []
    }
  }

  it.each([
    ['rsa-1', 'rsa-2'],
    ['rsa-1', 'p256-1'],
    ['p256-1', 'p384-1'],
  ])('never counts, whichever bit of any byte it is: %s, %s', async (first, second) => {
    const { message, size, change } = await regions(first, second)
    expect(counting(message)).toHaveLength(1)
    const places = Array.from({ length: size }, (_, at) => at)
    expect(places.filter((at) => counting(change(at, 1 << (at % 8))).length > 0)).toEqual([])
  })

  it('is told as broken, not passed over, wherever it can still be seen', async () => {
    const { size, change } = await regions('rsa-1', 'rsa-2')
    const faults = Array.from({ length: size }, (_, at) => faultsOf(change(at, 1)))
    expect(faults.flatMap((one, at) => (one === 0 ? [at] : []))).toEqual([])
    expect(faults.filter((one) => one === 1).length).toBeGreaterThan(size / 2)
  })

  it('never counts for anything but the content, whatever is changed', async () => {
    const { der, message } = await regions('p256-1', 'p256-2')
    const pieces = fc.uint8Array({ maxLength: 20 })
    const place = fc.nat(der.length)
    const [genuine] = openMessage(message).countersigners
    fc.assert(
      fc.property(place, place, pieces, (one, other, piece) => {
        const [from, to] = [Math.min(one, other), Math.min(Math.max(one, other), one + 20)]
        const changed = Buffer.concat([der.subarray(0, from), piece, der.subarray(to)])
        for (const { certificate } of counting(withDer(message, changed)))
          expect(certificate.publicKey.equals(genuine?.certificate.publicKey ?? certificate.publicKey)).toBe(
            true,
          )
      }),
      { numRuns: 2000 },
    )
  })

  it('stripped, leaves the list as its endorser signed it', async () => {
    const stripped = altered(await signedBy('rsa-1', 'p256-1'), (info) => delete info.unsignedAttrs)
    expect(openMessage(stripped)).toMatchObject({
      content: CONTENT,
      countersigners: [],
      countersignatureFaults: [],
    })
    await writeFile(join(pki.folder, 'stripped.msg'), stripped)
    await openssl(pki.folder, 'cms', '-verify', '-in', 'stripped.msg', '-CApath', pki.trust)
  })

  /** How many countersignatures of an intact message are broken; null if it is not intact itself. */
  const faultsOf = (bytes: Uint8Array): number | null => {
    try {
      return openMessage(bytes).countersignatureFaults.length
    } catch {
      return null
    }
  }
})

it('countersigns what openssl made in BER, of any order and with any number of people', async () => {
  const names = ['rsa-1', 'rsa-2', 'p256-1', 'p256-2', 'p384-1']
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(names, { minLength: 1 }), async ([first = '', ...others]) => {
      const { certificate, key } = person(first)
      await writeFile(join(pki.folder, 'content.bin'), CONTENT)
      const signed = [
        '-signer',
        certificate,
        '-inkey',
        key,
        '-binary',
        '-stream',
        '-outform',
        'DER',
        '-nodetach',
      ]
      await openssl(pki.folder, 'cms', '-sign', '-in', 'content.bin', '-out', 'ber.der', ...signed)
      let der: Uint8Array = await readFile(join(pki.folder, 'ber.der'))
      for (const other of others) der = await countersign(der, await penOf(other), LATER)
      await writeFile(join(pki.folder, 'ber.der'), der)
      const read = readSignature(der)
      verifySignature(read, Buffer.from(CONTENT))
      const { countersigners, faults } = readCountersignatures(read)
      expect(faults).toEqual([])
      expect(countersigners.map((one) => one.certificate.dn)).toEqual(others.map(dnOf))
      const how = ['-inform', 'DER', '-in', 'ber.der', '-CApath', pki.trust]
      expect((await openssl(pki.folder, 'cms', '-verify', ...how)).trim()).toBe(CONTENT.trim())
    }),
    { numRuns: 15 },
  )
})
