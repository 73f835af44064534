import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openssl, type KeyKind } from '../../scripts/pki.ts'
import { countersignMessage, openMessage, readUnverified, sign } from '../../src/list/smime.ts'
import { judgeChain } from '../../src/trust/chain.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { ALTERED_SEED, MENDED_SEED } from '../support/seed.ts'

const CONTENT = '{\n    "hv:imagelist": {\n        "dc:title": "caf\\u00e9"\n    }\n}\n'
const NOW = new Date()

let pki: Pki
let signer: Signer
beforeAll(async () => {
  pki = await makePki()
  signer = await signerOf(await pki.endorser('usual', 'rsa'))
})
afterAll(() => pki.remove())

describe('what vmcast signs', () => {
  it.each<KeyKind>(['rsa', 'p256', 'p384'])('%s: OpenSSL accepts it, as smime and as cms', async (kind) => {
    const bytes = await sign(CONTENT, await signerOf(await pki.endorser(`ours-${kind}`, kind)), NOW)
    const path = join(pki.folder, `ours-${kind}.msg`)
    await writeFile(path, bytes)
    for (const program of ['smime', 'cms']) {
      const shown = await openssl(pki.folder, program, '-verify', '-in', path, '-CApath', pki.trust)
      expect(shown.replaceAll('\r\n', '\n').trim()).toBe(CONTENT.trim())
    }
  })

  it('with CRLF at its lines’ ends, OpenSSL and vmcast accept it too', async () => {
    const text = Buffer.from(await sign(CONTENT, signer, NOW))
      .toString('latin1')
      .replaceAll('\n', '\r\n')
    const path = join(pki.folder, 'crlf.msg')
    await writeFile(path, text)
    await openssl(pki.folder, 'smime', '-verify', '-in', path, '-CApath', pki.trust)
    expect(openMessage(Buffer.from(text))).toMatchObject({ content: CONTENT, ours: true })
  })

  it('has the form that all subscribers take', async () => {
    const lines = Buffer.from(await sign(CONTENT, signer, NOW))
      .toString()
      .split('\n')
    expect(lines[0]).toBe('MIME-Version: 1.0')
    expect(lines[1]).toMatch(
      /^Content-Type: multipart\/signed; protocol="application\/x-pkcs7-signature"; micalg="sha-256"; boundary="----vmcast-[0-9a-f]{32}"$/,
    )
    expect(lines.slice(2, 8)).toEqual([
      '',
      'This is an S/MIME signed message',
      '',
      expect.stringMatching(/^------vmcast-/),
      '',
      '{',
    ])
    expect(Math.max(...lines.slice(-20).map((line) => line.length))).toBeLessThan(70)
  })

  it('says who signed and when', async () => {
    const now = new Date('2026-03-01T12:00:00Z')
    const message = openMessage(await sign(CONTENT, signer, now))
    expect(message).toMatchObject({ content: CONTENT, digest: 'SHA-256', signedAt: now, ours: true })
    expect(message.signer.dn).toBe('/DC=org/DC=example/OU=People/CN=Owen Synge usual')
    expect(message.signer.ca).toBe('/DC=org/DC=example/CN=Example CA')
  })

  it.each([
    ['2049-12-31T23:59:59.999Z', 'UTCTIME:Dec 31 23:59:59 2049 GMT', 'UTCTIME :491231235959Z'],
    [
      '2050-01-01T00:00:00.001Z',
      'GENERALIZEDTIME:Jan  1 00:00:00 2050 GMT',
      'GENERALIZEDTIME :20500101000000Z',
    ],
  ])('at %s: has its time in the form for that year, and OpenSSL reads it', async (time, read, written) => {
    const now = new Date(time)
    const second = await signerOf(await pki.endorser('second'))
    const bytes = await countersignMessage(await sign(CONTENT, signer, now), second, now)
    const path = join(pki.folder, `${now.getUTCFullYear()}.msg`)
    await writeFile(path, bytes)
    const printed = await openssl(pki.folder, 'cms', '-cmsout', '-print', '-in', path)
    // Its own as an attribute, and the countersignature's in the dump of an attribute that is not read.
    const [own, other] = printed.match(/(UTC|GENERALIZED)TIME *:.*/g) ?? []
    expect([own, other?.replace(/ +:/, ' :')]).toEqual([read, written])
    await openssl(pki.folder, 'cms', '-verify', '-in', path, '-CApath', pki.trust)
    const { signedAt, countersigners } = openMessage(bytes)
    const whole = new Date(time.replace(/\.\d+/, ''))
    expect([signedAt, countersigners[0]?.signedAt]).toEqual([whole, whole])
  })

  it('opens to just the content that was signed, whatever that is', async () => {
    const quick = await signerOf(await pki.endorser('quick'))
    const content = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\r', ''))
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        expect(openMessage(await sign(text, quick, NOW))).toMatchObject({ content: text, ours: true })
      }),
      { numRuns: 200 },
    )
  })
})

describe('what OpenSSL signs', () => {
  const variants: [string, string, string[], KeyKind][] = [
    ['detached', 'smime', [], 'rsa'],
    ['with part headers', 'smime', ['-text'], 'rsa'],
    ['opaque', 'smime', ['-nodetach'], 'rsa'],
    ['opaque with part headers', 'smime', ['-nodetach', '-text'], 'rsa'],
    ['SHA-1', 'smime', ['-md', 'sha1'], 'rsa'],
    ['SHA-512', 'smime', ['-md', 'sha512'], 'rsa'],
    ['without attributes', 'smime', ['-noattr'], 'rsa'],
    ['without capabilities', 'smime', ['-nosmimecap'], 'rsa'],
    ['EC P-256', 'smime', [], 'p256'],
    ['EC P-384', 'smime', ['-md', 'sha384'], 'p384'],
    ['CRLF', 'smime', ['-crlfeol'], 'rsa'],
    ['cms', 'cms', [], 'rsa'],
    ['cms, opaque', 'cms', ['-nodetach'], 'rsa'],
    ['RSA-PSS', 'cms', ['-keyopt', 'rsa_padding_mode:pss'], 'rsa'],
    ['subject key identifier', 'cms', ['-keyid'], 'rsa'],
    ['SHA3-256', 'cms', ['-md', 'sha3-256'], 'rsa'],
  ]

  it.each(variants)('%s: is read, and OpenSSL agrees', async (name, program, options, kind) => {
    const path = await signWithOpenssl(name, program, options, kind)
    await openssl(pki.folder, program, '-verify', '-in', path, '-CApath', pki.trust)
    const message = openMessage(await readFile(path))
    expect(JSON.parse(message.content)).toEqual(JSON.parse(CONTENT))
    expect(message.ours).toBe(false)
    expect(judgeChain(message.signer, message.others, pki.anchors, NOW)).toBeNull()
  })
})

const reasonOf = (bytes: Uint8Array): string => {
  try {
    openMessage(bytes)
  } catch (error) {
    return (error as Error).message
  }
  return 'intact'
}

const rewrap = (text: string, columns: number): string =>
  text.replace(/(?<=\n\n)MII[^-]*(?=\n\n)/, (base64) =>
    base64.replaceAll('\n', '').replaceAll(new RegExp(`.{${columns}}`, 'g'), '$&\n'),
  )

describe('mail that went through other programs', () => {
  const variants: [string, (text: string) => string][] = [
    ['folded headers', (text) => text.replaceAll('; ', ';\n\t')],
    ['folded headers, CRLF', (text) => text.replaceAll('; ', ';\n ').replaceAll('\n', '\r\n')],
    ['a boundary without quotes', (text) => text.replace(/boundary="([^"]*)"/, 'boundary=$1')],
    ['names in other case', (text) => text.replaceAll('Content-Type', 'CONTENT-type')],
    ['the other name of the signature', (text) => text.replaceAll('x-pkcs7-signature', 'pkcs7-signature')],
    ['more headers', (text) => `From: owen@example.org\nSubject: a list\n${text}`],
    ['no text before the first part', (text) => text.replace('This is an S/MIME signed message\n', '')],
    ['text after the last part', (text) => `${text}\n-- \nfooter of a mailing list\n`],
    ['some lines in CRLF', (text) => text.replace(/\n(?= {4}"hv)/, '\r\n')],
    ['CR twice', (text) => text.replaceAll('\n', '\r\r\n')],
    ['base64 of 76 columns', (text) => rewrap(text, 76)],
    ['base64 of 500 columns', (text) => rewrap(text, 500)],
    ['base64 in one line', (text) => rewrap(text, 100_000)],
  ]

  it.each(variants)('%s: is read as OpenSSL reads it', async (name, change) => {
    const text = change(Buffer.from(await sign(CONTENT, signer, NOW)).toString())
    const path = join(pki.folder, `${name.replaceAll(/\W/g, '-')}.msg`)
    await writeFile(path, text)
    const judge = () => openssl(pki.folder, 'smime', '-verify', '-in', path, '-CApath', pki.trust)
    const agreed = await judge().then(
      () => 'intact',
      () => 'refused',
    )
    const reason = reasonOf(Buffer.from(text))
    expect(reason === 'intact' ? 'intact' : 'refused', reason).toBe(agreed)
  })
})

describe('what is refused', () => {
  it('a change anywhere in what is signed', async () => {
    const bytes = Buffer.from(await sign(CONTENT, signer, NOW))
    const from = bytes.indexOf('\n{') + 1
    const to = bytes.indexOf('\n------vmcast-', from) - 1
    for (let at = from; at < to; at += 1) {
      const tampered = Buffer.from(bytes)
      tampered[at] = 0x58
      expect(reasonOf(tampered)).toContain('its content was changed after it was signed')
    }
  })

  it('a signature with any byte changed: never another content', async () => {
    const bytes = Buffer.from(await sign(CONTENT, signer, NOW))
    const begin = bytes.lastIndexOf('\n\nMI') + 2
    for (let at = begin; at < bytes.length - 50; at += 7) {
      const tampered = Buffer.from(bytes)
      tampered[at] = tampered[at] === 0x41 ? 0x42 : 0x41
      try {
        // What stands unsigned beside the signature may change: other certificates, unsigned attributes.
        expect(openMessage(tampered)).toMatchObject({ content: CONTENT })
      } catch (error) {
        expect(error).toMatchObject({ code: 'message-broken' })
      }
    }
  })

  it('a signature by another key', async () => {
    const other = await signerOf(await pki.endorser('other', 'rsa'))
    const bytes = await sign(CONTENT, signer, NOW)
    const mixed = { ...signer, sign: other.sign }
    await expect(sign(CONTENT, mixed, NOW)).rejects.toThrow('is not that of /DC=org')
    expect(reasonOf(bytes)).toBe('intact')
  })

  it('a message cut short at any line', async () => {
    const lines = Buffer.from(await sign(CONTENT, signer, NOW))
      .toString()
      .split('\n')
    for (let count = 0; count < lines.length - 2; count += 1) {
      expect(reasonOf(Buffer.from(lines.slice(0, count).join('\n')))).toMatch(
        /cut short|no signed part|no MIME message/,
      )
    }
  })

  it('nothing, zeros, a web page, plain JSON', () => {
    for (const text of ['', '\0'.repeat(1000), '<html>\n\n</html>', CONTENT]) {
      expect(reasonOf(Buffer.from(text))).toContain('it is no MIME message with a Content-Type')
    }
    expect(reasonOf(Buffer.from('Content-Type: text/plain\n\nhello'))).toContain('is text/plain, not')
    expect(reasonOf(Buffer.from('Content-Type: multipart/signed\n\nhello'))).toContain('names no boundary')
    for (const twice of [
      'Content-Type: text/plain\nContent-Type: text/html',
      'Content-Type: a; boundary=b; boundary=c',
    ])
      expect(reasonOf(Buffer.from(`${twice}\n\nhello`))).toContain('is given twice')
  })

  it.each([
    ['without the certificate', ['-nocerts'], 'the signer’s certificate is not in it'],
    ['with MD5', ['-md', 'md5'], 'a digest that is not accepted'],
  ])('%s', async (name, options, reason) => {
    expect(reasonOf(await readFile(await signWithOpenssl(name, 'smime', options, 'rsa')))).toContain(reason)
  })

  it('two signers', async () => {
    const [one, two] = [await pki.endorser('one'), await pki.endorser('two')]
    const second = ['-signer', two.certificate, '-inkey', two.key]
    const path = await signWith('two-signers', 'smime', [
      '-signer',
      one.certificate,
      '-inkey',
      one.key,
      ...second,
    ])
    expect(reasonOf(await readFile(path))).toContain('it has more than one signer')
  })

  it('no signature part, a foreign one, and more than one', async () => {
    const text = Buffer.from(await sign(CONTENT, signer, NOW)).toString()
    const [head = '', content = '', signature = ''] = text.split(/\n------vmcast-.{32}/)
    const boundary = `\n${/------vmcast-.{32}/.exec(text)?.[0] ?? ''}`
    const build = (...parts: string[]) => reasonOf(Buffer.from([head, ...parts, '--\n'].join(boundary)))
    expect(build(content, signature)).toBe('intact')
    expect(build(content)).toContain('no signature part')
    expect(build(content, signature, signature)).toContain('more than one signature part')
    expect(build(content, signature.replaceAll('x-pkcs7-signature', 'json'))).toContain(
      'application/json, not',
    )
    expect(build(content, signature.replace('\n\nMII', '\n\n!II'))).toContain('not base64')
    expect(build(content, signature.replace('\n\nMII', '\n\nMIIMMMM'))).toContain('cannot be read')
  })
})

describe('the message of 2011', () => {
  it('as it came: its content was changed', () => {
    expect(reasonOf(Buffer.from(ALTERED_SEED))).toBe(
      'This is not an intact signed image list: its content was changed after it was signed.',
    )
    const { content, signer } = readUnverified(Buffer.from(ALTERED_SEED))
    expect(JSON.parse(content)).toHaveProperty(['hv:imagelist', 'dc:title'], 'README example')
    expect(signer?.dn).toBe('/C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge')
  })

  it('with its address mended: intact, as OpenSSL finds, by a certificate that had ended', async () => {
    const path = join(pki.folder, 'mended.msg')
    await writeFile(path, MENDED_SEED)
    await openssl(pki.folder, 'smime', '-verify', '-noverify', '-in', path)
    const message = openMessage(Buffer.from(MENDED_SEED))
    expect(message).toMatchObject({
      digest: 'SHA-1',
      signedAt: new Date('2011-06-02T17:02:37Z'),
      ours: false,
    })
    expect(judgeChain(message.signer, message.others, pki.anchors, NOW)).toBe(
      'the certificate /C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge ended on 2011-02-04T15:19:22Z; ' +
        'no trusted certificate of its CA /C=DE/O=GermanGrid/CN=GridKa-CA was found',
    )
  })
})

describe('readUnverified', () => {
  it('gives the content of a message whose signature is cut off', async () => {
    const text = Buffer.from(await sign(CONTENT, signer, NOW)).toString()
    const cut = Buffer.from(text.slice(0, text.lastIndexOf('\n\nMII') + 200))
    expect(readUnverified(cut)).toEqual({ content: CONTENT, signer: null, others: [] })
  })

  it('has nothing to give for what is no message', () => {
    expect(() => readUnverified(Buffer.from('hello'))).toThrow('no MIME message')
  })
})

async function signWithOpenssl(
  name: string,
  program: string,
  options: string[],
  kind: KeyKind,
): Promise<string> {
  const file = name.replaceAll(/\W/g, '-')
  const { certificate, key } = await pki.endorser(file, kind)
  return signWith(file, program, ['-signer', certificate, '-inkey', key, ...options])
}

async function signWith(name: string, program: string, options: string[]): Promise<string> {
  const content = join(pki.folder, 'content.json')
  const path = join(pki.folder, `${name}.msg`)
  await writeFile(content, CONTENT)
  await openssl(pki.folder, program, '-sign', '-in', content, '-out', path, ...options)
  return path
}
