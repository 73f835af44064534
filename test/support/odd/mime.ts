import { canonical, BOUNDARY, listBy, mailOf, oneOf, partOf, usual, type Scene } from './scene.ts'
import type { Oddities, Oddity } from './oddity.ts'
import { octets, signedData, signerInfo, usualAttributes } from './signed-data.ts'

/** The good message, detached, changed as text with LF. */
const edited =
  (change: (text: string, scene: Scene) => string): Oddity =>
  (scene) => {
    const text = change(
      mailOf({ ...scene, opaque: false, crlf: false }, usual({ ...scene, opaque: false })),
      scene,
    )
    return scene.crlf ? text.replaceAll('\n', '\r\n') : text
  }

/** Whatever the message is, opaque or not. */
const anyhow =
  (change: (text: string, scene: Scene) => string): Oddity =>
  (scene) => {
    const text = change(mailOf({ ...scene, crlf: false }, usual(scene)), scene)
    return scene.crlf ? text.replaceAll('\n', '\r\n') : text
  }

/** A part that the endorser did sign, as it stands. */
const signingPart = (part: (scene: Scene) => string, boundary = BOUNDARY): Oddity =>
  edited((text, scene) => {
    const content = canonical(part(scene))
    const { by, hash } = scene
    const info = signerInfo(by, usualAttributes(content, hash), content, hash)
    const other = mailOf(
      { ...scene, opaque: false, crlf: false },
      signedData(info, [by.certificate, ...by.chain]),
    )
    const mail = other.replace(partOf(scene), () => part(scene))
    return text === '' ? text : mail.replaceAll(BOUNDARY, boundary)
  })

const HEADERS = /^Content-Type: .*$/m
const BASE64 = /(?<=\n\n)MI[\w+/=\n]*?(?=\n\n)/
const EVIL = '{"hv:imagelist":{"dc:title":"evil","hv:images":[]}}'

const evilPart = `--${BOUNDARY}\n\n${EVIL}\n`
const boundaryAs = (written: string) => (text: string) => text.replace(/boundary="[^"]*"/, () => written)
const before = (what: RegExp | string, more: string) => (text: string) =>
  text.replace(what, (found) => more + found)
const rewrapped = (columns: number) => (text: string) =>
  text.replace(BASE64, (base64) =>
    base64.replaceAll('\n', '').replaceAll(new RegExp(`.{${columns}}`, 'g'), '$&\n'),
  )
const inBase64 = (change: (base64: string, scene: Scene) => string) => (text: string, scene: Scene) =>
  text.replace(BASE64, (base64) => change(base64, scene))

/** The mail around the signature. */
export const MAILS: Oddities = {
  'a message inside a message': anyhow(
    (text) => `MIME-Version: 1.0\nContent-Type: message/rfc822\n\n${text}`,
  ),
  'inside a multipart/mixed': anyhow(
    (text) =>
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="outer"\n\n--outer\n${text}\n--outer--\n`,
  ),
  'inside a multipart/signed': edited((text) =>
    `MIME-Version: 1.0\nContent-Type: multipart/signed; protocol="application/x-pkcs7-signature"; boundary="outer"\n\n--outer\n${text}\n--outer${text.slice(text.lastIndexOf(`--${BOUNDARY}\nContent`) + BOUNDARY.length + 2)}`.replace(
      new RegExp(`--${BOUNDARY}--\\s*$`),
      '--outer--\n',
    ),
  ),
  'a multipart as the signed part': signingPart(
    ({ by }) =>
      `Content-Type: multipart/mixed; boundary="inner"\n\n--inner\nContent-Type: application/json\n\n${listBy(by)}\n--inner\n\n${EVIL}\n--inner--\n`,
  ),
  'an unsigned part in front': edited(before(`--${BOUNDARY}\n`, evilPart)),
  'an unsigned part between': edited((text) =>
    text.replace(`--${BOUNDARY}\nContent-Type`, () => `${evilPart}--${BOUNDARY}\nContent-Type`),
  ),
  'an unsigned part behind': edited(before(`--${BOUNDARY}--`, evilPart)),
  'the parts the other way round': edited((text) => {
    const [head = '', one = '', two = '', rest = ''] = text.split(`--${BOUNDARY}`)
    return [head, two, one, rest].join(`--${BOUNDARY}`)
  }),
  'the signed part twice': edited((text) => {
    const [head = '', one = '', two = '', rest = ''] = text.split(`--${BOUNDARY}`)
    return [head, one, one, two, rest].join(`--${BOUNDARY}`)
  }),
  'another content before the boundary': edited(before(`--${BOUNDARY}\n`, `\n${EVIL}\n`)),
  'another content behind the boundary': edited((text) => `${text}${evilPart}--${BOUNDARY}--\n`),
  'no closing boundary': edited((text) => text.replace(`--${BOUNDARY}--`, '')),
  'the closing boundary at once': edited((text) => text.replace(`--${BOUNDARY}\n`, `--${BOUNDARY}--\n`)),
  'a boundary with something behind it': edited((text, scene) =>
    text.replaceAll(`--${BOUNDARY}\n`, `--${BOUNDARY}${oneOf(scene, [' ', '\t', 'x', '-', ' --', '\0'])}\n`),
  ),
  'a boundary with something before it': edited((text, scene) =>
    text.replaceAll(`\n--${BOUNDARY}`, `\n${oneOf(scene, [' ', '-', 'x', '>', '\r', '\0'])}--${BOUNDARY}`),
  ),
  'no boundary': edited(boundaryAs('x=y')),
  'an empty boundary': edited(boundaryAs('boundary=""')),
  'another boundary': edited(boundaryAs(`boundary="${BOUNDARY}x"`)),
  'the beginning of the boundary': edited((text, scene) =>
    boundaryAs(`boundary="${BOUNDARY.slice(0, oneOf(scene, [1, 2, 10, BOUNDARY.length - 1]))}"`)(text),
  ),
  'two boundaries': edited((text, scene) =>
    boundaryAs(
      oneOf(scene, [`boundary="x"; boundary="${BOUNDARY}"`, `boundary="${BOUNDARY}"; boundary="x"`]),
    )(text),
  ),
  'a boundary without quotes': edited(boundaryAs(`boundary=${BOUNDARY}`)),
  'a boundary in single quotes': edited(boundaryAs(`boundary='${BOUNDARY}'`)),
  'a boundary with escapes': edited(boundaryAs(`boundary="\\-${BOUNDARY.slice(1)}"`)),
  'a boundary by RFC 2231': edited((text, scene) =>
    boundaryAs(
      oneOf(scene, [
        `boundary*="us-ascii''${BOUNDARY}"`,
        `boundary*0="----"; boundary*1="${BOUNDARY.slice(4)}"`,
      ]),
    )(text),
  ),
  'a boundary in a comment': edited(boundaryAs(`x="(boundary=evil)"; boundary="${BOUNDARY}"`)),
  'a boundary inside another value': edited(boundaryAs(`x="; boundary=evil"; boundary="${BOUNDARY}"`)),
  'spaces around the boundary’s =': edited(boundaryAs(`boundary = "${BOUNDARY}" `)),
  'a boundary that is a dash': signingPart(partOf, '-'),
  'a boundary in the content': signingPart((scene) => `${partOf(scene)}--${BOUNDARY}x\n${EVIL}\n`),
  'a line like the boundary in the content': signingPart(
    (scene) => `${partOf(scene)} --${BOUNDARY}\n-- ${BOUNDARY}\n`,
  ),
  'headers folded': edited((text, scene) =>
    text.replaceAll('; ', `;\n${oneOf(scene, [' ', '\t', '\n ', '  \t '])}`),
  ),
  'headers folded anywhere': edited((text, { random }) =>
    text.replace(HEADERS, (line) => {
      const at = Math.floor(random() * line.length)
      return `${line.slice(0, at)}\n ${line.slice(at)}`
    }),
  ),
  'a boundary on a line of its own': edited((text, scene) =>
    text.replace(
      HEADERS,
      (line) =>
        line +
        oneOf(scene, [
          `\n boundary="${BOUNDARY}x"`,
          `;\n boundary="x"`,
          `\n\vboundary="x"`,
          `\n boundary="x";`,
          `\n;boundary="x"`,
        ]),
    ),
  ),
  'a boundary in a comment, or in quotes': edited((text, scene) =>
    boundaryAs(
      oneOf(scene, [
        `x=(; boundary="${BOUNDARY}")`,
        `x="; boundary=${BOUNDARY}"`,
        `(; boundary="${BOUNDARY}")`,
        `x=y (; boundary="a"); boundary="${BOUNDARY}"`,
      ]),
    )(text),
  ),
  'control characters in the headers': edited((text, scene) =>
    text.replace(HEADERS, (line) => {
      const at = Math.floor(scene.random() * line.length)
      return (
        line.slice(0, at) +
        oneOf(scene, ['\0', '\r', '\v', '\f', '\x1b', '\t', '\xa0', '(', ')', '"', ';', '=']) +
        line.slice(at)
      )
    }),
  ),
  'a boundary where OpenSSL cuts a line': signingPart((scene) => {
    const boundary = oneOf(scene, [`--${BOUNDARY}`, `--${BOUNDARY}--`, '\rx', '\r'])
    return `${partOf(scene)}${' '.repeat(1023 - oneOf(scene, [0, 1]))}${boundary}\n`
  }),
  'a boundary where OpenSSL cuts a line of the preamble': edited(
    before(`--${BOUNDARY}\n`, `${' '.repeat(1023)}--${BOUNDARY}\n${EVIL}\n`),
  ),
  'headers folded inside words': edited((text) => text.replaceAll('multipart/', 'multipart\n /')),
  'headers doubled': edited((text) => text.replace(HEADERS, (line) => `${line}\n${line}`)),
  'another type before': anyhow(before(HEADERS, 'Content-Type: text/plain\n')),
  'another type behind': anyhow((text) =>
    text.replace(HEADERS, (line) => `${line}\nContent-Type: text/plain`),
  ),
  'another type': anyhow((text, scene) =>
    text.replace(
      /multipart\/signed|application\/x-pkcs7-mime/,
      oneOf(scene, [
        'multipart/mixed',
        'application/pkcs7-mime',
        'text/plain',
        'application/json',
        'multipart/signed',
      ]),
    ),
  ),
  'a type with a comment': anyhow((text) => text.replace('Content-Type: ', 'Content-Type: (signed) ')),
  'capital letters': anyhow((text) =>
    text.replace(HEADERS, (line) => line.replace(/^[^"]*/, (it) => it.toUpperCase())),
  ),
  'spaces before the colon': anyhow((text) => text.replace('Content-Type:', 'Content-Type \t:')),
  'no space after the colon': anyhow((text) => text.replaceAll(': ', ':')),
  'another protocol': edited((text, scene) =>
    text.replace(
      /protocol="[^"]*"/,
      oneOf(scene, ['', 'protocol="application/pgp-signature"', 'protocol=""']),
    ),
  ),
  'another micalg': edited((text, scene) =>
    text.replace(/micalg="[^"]*"/, `micalg="${oneOf(scene, ['md5', 'none', ''])}"`),
  ),
  'another type of the signature': edited((text, scene) =>
    text.replace(
      /application\/x-pkcs7-signature; name/,
      `${oneOf(scene, ['application/pkcs7-signature', 'application/octet-stream', 'text/plain', 'application/x-pkcs7-mime'])}; name`,
    ),
  ),
  'no headers at the signature': edited((text) =>
    text.replace(/(?<=\n)Content-Type: application\/x-pkcs7-signature[^]*?\n\n/, '\n'),
  ),
  'a charset': anyhow((text, scene) =>
    text.replace(HEADERS, (line) => `${line}; charset=${oneOf(scene, ['utf-16', 'utf-7', 'ebcdic', '"'])}`),
  ),
  'headers in the signed part': signingPart(
    (scene) =>
      `${oneOf(scene, ['Content-Type: text/plain', 'Content-Transfer-Encoding: base64', 'Content-Type: application/json; charset=utf-16', 'X: y'])}\n\n${listBy(scene.by)}`,
  ),
  'a header in the signed part that is none': signingPart(
    (scene) =>
      `${oneOf(scene, ['Content-Type text', ': x', 'A B: c', ' X: y', 'X: y\n z'])}\n\n${listBy(scene.by)}`,
  ),
  'letters beyond ASCII': signingPart(({ by }) => `\n${listBy(by).replace('odd', 'cafÃ©')}`),
  'letters in another charset': signingPart(({ by }) => `\n${listBy(by).replace('odd', 'caf\xe9')}`),
  'a BOM in the signed part': signingPart(({ by }) => `\n\xef\xbb\xbf${listBy(by)}`),
  'UTF-16 in the signed part': signingPart(
    ({ by }) => `\n${Buffer.from(listBy(by), 'utf16le').toString('latin1')}`,
  ),
  'a NUL in the signed part': signingPart((scene) => `${partOf(scene)}\0`),
  'a CR in the signed part': signingPart((scene) => partOf(scene).replace('odd', 'o\rd')),
  'CRs at lines’ ends in the signed part': signingPart((scene) => partOf(scene).replaceAll(',\n', ',\r\n')),
  'spaces at lines’ ends in the signed part': signingPart((scene) => partOf(scene).replaceAll(',\n', ', \n')),
  'empty lines before the list': signingPart((scene) => `\n\n\n${partOf(scene)}`),
  'empty lines behind the list': signingPart((scene) => `${partOf(scene)}\n\n\n`),
  'no signed part': signingPart(() => ''),
  'a second list behind the first': signingPart((scene) => `${partOf(scene)}\n${EVIL}\n`),
  'dashes at lines’ beginnings': signingPart((scene) => `${partOf(scene)}- --\n--\n-\n`),
  'a line of the content longer than mail allows': signingPart(
    ({ by }) => `\n${JSON.stringify(JSON.parse(listBy(by)))}${' '.repeat(3000)}\n`,
  ),
  'CR alone at lines’ ends': anyhow((text) => text.replaceAll('\n', '\r')),
  'CR twice at lines’ ends': anyhow((text) => text.replaceAll('\n', '\r\r\n')),
  'some lines with CR': edited((text, { random }) =>
    text.replaceAll('\n', () => (random() < 0.5 ? '\n' : '\r\n')),
  ),
  'LF and CR the other way round': anyhow((text) => text.replaceAll('\n', '\n\r')),
  'a BOM before everything': anyhow((text) => `\xef\xbb\xbf${text}`),
  'lines before everything': anyhow(
    (text, scene) => oneOf(scene, ['\n', '\r\n', ' \n', 'From owen\n', '>']) + text,
  ),
  NULs: anyhow((text, { random }) => {
    const at = Math.floor(random() * text.length)
    return `${text.slice(0, at)}\0${text.slice(at)}`
  }),
  'other vertical spaces': anyhow((text, scene) => {
    const at = Math.floor(scene.random() * text.length)
    return text.slice(0, at) + oneOf(scene, ['\v', '\f', '\x1c', '\x85', '\xa0', '\u2028']) + text.slice(at)
  }),
  'cut short anywhere in the mail': anyhow((text, { random }) =>
    text.slice(0, Math.floor(random() * text.length)),
  ),
  'another encoding of the signature': anyhow((text, scene) =>
    text.replace(
      'Encoding: base64',
      `Encoding: ${oneOf(scene, ['quoted-printable', '8bit', 'x-uuencode', 'BASE64', ''])}`,
    ),
  ),
  'base64 in one line': anyhow(rewrapped(100_000)),
  'base64 in long lines': anyhow((text, scene) =>
    rewrapped(oneOf(scene, [76, 500, 990, 1022, 1024, 1100]))(text),
  ),
  'base64 in short lines': anyhow((text, scene) => rewrapped(oneOf(scene, [1, 2, 3, 4, 5, 63]))(text)),
  'base64 with spaces': anyhow(
    inBase64((it, scene) => it.replaceAll('\n', oneOf(scene, [' \n', '\n ', '\t\n', '\n\n']))),
  ),
  'base64 with other characters': anyhow(
    inBase64((it, scene) => {
      const at = Math.floor(scene.random() * it.length)
      return (
        it.slice(0, at) +
        oneOf(scene, ['-', '_', '!', '=', '\0', '.', ' ', '\v', '\xff', '\xa0']) +
        it.slice(at)
      )
    }),
  ),
  'base64 with more behind its end': anyhow(
    inBase64(
      (it, scene) => it + oneOf(scene, ['=', '==', '\nAAAA', 'A', '====', '\n==\nAAAA', '\n-----END-----']),
    ),
  ),
  'base64 without its end': anyhow(inBase64((it) => it.replace(/=+$/, ''))),
  PEM: anyhow(inBase64((it) => `-----BEGIN PKCS7-----\n${it}\n-----END PKCS7-----`)),
  'DER as it is': anyhow(inBase64((it) => Buffer.from(it, 'base64').toString('latin1'))),
}

/** More of something than any message has: some megabytes of it. */
export const GIANTS: Oddities = {
  'a giant signature': anyhow(
    inBase64((it, scene) => it + `\n${'A'.repeat(64)}`.repeat(oneOf(scene, [10_000, 100_000]))),
  ),
  'a giant signature of zeros in DER': anyhow(
    inBase64((it) =>
      Buffer.concat([Buffer.from(it, 'base64'), Buffer.alloc(500_000)])
        .toString('base64')
        .replace(/.{64}/g, '$&\n'),
    ),
  ),
  'a giant preamble': edited(before(`--${BOUNDARY}\n`, 'x'.repeat(5_000_000))),
  'lines without end in the preamble': edited(before(`--${BOUNDARY}\n`, '\n'.repeat(3_000_000))),
  'boundaries without end': edited(before(`--${BOUNDARY}\n`, `--${BOUNDARY}\n`.repeat(20_000))),
  'headers without end': anyhow(
    (text, scene) => 'X-A: b\n'.repeat(oneOf(scene, [100, 9000, 100_000])) + text,
  ),
  'a header without end': anyhow(
    (text, scene) => `X-A: ${'b'.repeat(oneOf(scene, [1100, 70_000, 1_000_000]))}\n${text}`,
  ),
  'folds without end': anyhow(
    (text, scene) => `X-A: b${'\n '.repeat(oneOf(scene, [1000, 30_000]))}c\n${text}`,
  ),
  'CRs without end': anyhow((text) => `X-A: ${'\r'.repeat(30_000)}b\n${text}`),
  'parameters without end': edited(boundaryAs(`${'; x="y"'.repeat(5000)}; boundary="${BOUNDARY}"`)),
  'a giant content': signingPart((scene) => `${partOf(scene)}${' '.repeat(2_000_000)}\n`),
  'a content of many lines': signingPart((scene) => partOf(scene) + '\n'.repeat(1_000_000)),
  'a giant opaque content': (scene) => {
    const content = canonical(`${partOf(scene)}${'\n'.repeat(scene.random() < 0.3 ? 3_000_000 : 50_000)}`)
    const { by, hash } = scene
    const info = signerInfo(by, usualAttributes(content, hash), content, hash)
    const data = { ...signedData(info, [by.certificate, ...by.chain]), content: octets(content) }
    return mailOf({ ...scene, opaque: true }, data)
  },
}
