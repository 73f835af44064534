import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../src/desired/load.ts'
import { changed, contentRepository, GOOD, snapshot, temporaryFolder } from '../support/content.ts'

const LIST = 'imagelists/example.yaml'
const IMAGE = 'images/debian-12.yaml'
const CONFIG = 'vmcast.yaml'
const SUM = 'ab'.repeat(64)

const withTarget = (line: string) => ({ [CONFIG]: `targets:\n  - ${line}\n    to: file:./public/\n` })
/** One target at the address of the good one, with these lines below its `to`. */
const to = (place: string, ...lines: string[]) => ({
  [CONFIG]: [
    'targets:',
    '  - match: https://images.example.org/',
    `    to: ${place}`,
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n'),
})
const SFTP = 'sftp://publisher@example.org/srv/'
const addedTo = (file: string, text: string) => ({ [file]: `${GOOD[file] ?? ''}${text}` })
const hosted = (keys: string) =>
  changed(IMAGE, /hv:uri:[^]*/, `hv:uri: https://cdn.example.org/debian-12.qcow2\n${keys}`)

/** People of two CAs, by turns. */
const signers = (...names: string[]) =>
  `[${names.map((name, index) => `{dn: /CN=${name}, ca: /CN=CA ${index % 2}}`).join(', ')}]`

type Case = readonly [
  what: string,
  files: Readonly<Record<string, string | Uint8Array | null>>,
  place: string,
  message: RegExp,
  remedy: RegExp,
]

const CASES: readonly Case[] = [
  // Texts that are no values.
  [
    'broken YAML',
    changed(IMAGE, 'dc:title: Debian 12', 'dc:title: a: b'),
    `${IMAGE}:2:11`,
    /Broken YAML/,
    /quote/,
  ],
  ['an open bracket', changed(LIST, '[debian-12]', '[debian-12'), `${LIST}:12:1`, /Broken YAML/, /brackets/],
  ['a tab as indent', changed(IMAGE, '  path', '\tpath'), `${IMAGE}:18:1`, /[Tt]abs/, /spaces/],
  [
    'a key given twice',
    addedTo(IMAGE, 'dc:title: again\n'),
    `${IMAGE}:19:1`,
    /dc:title is given twice/,
    /Remove/,
  ],
  ['a merge key', addedTo(IMAGE, '<<: {a: b}\n'), `${IMAGE}:19:1`, /Merge keys/, /Write/],
  ['__proto__', addedTo(IMAGE, '__proto__: {a: b}\n'), `${IMAGE}:19:1`, /__proto__/, /Remove/],
  ['__proto__ further in', addedTo(IMAGE, 'x:y: {"__proto__": 1}\n'), `${IMAGE}:19:7`, /__proto__/, /Remove/],
  ['an alias of nothing', changed(IMAGE, 'Debian 12\n', '*nothing\n'), `${IMAGE}:2:11`, /\*nothing/, /Write/],
  [
    'aliases that explode',
    addedTo(IMAGE, `x:a: &a [${'z,'.repeat(50)}]\nx:b: [${'*a,'.repeat(120)}]\n`),
    `${IMAGE}:20:304`,
    /aliases/,
    /Write/,
  ],
  ['an alias within itself', addedTo(IMAGE, 'x:a: &a [*a]\n'), `${IMAGE}:19:10`, /aliases/, /Write/],
  [
    'half a million brackets',
    addedTo(IMAGE, `x:a: ${'['.repeat(500_000)}`),
    `${IMAGE}:19:103`,
    /nests deeper/,
    /Mend/,
  ],
  [
    'nested indicators',
    addedTo(IMAGE, `x:a:\n ${'- '.repeat(100_000)}`),
    `${IMAGE}:20:161`,
    /nests deeper/,
    /Mend/,
  ],
  ['a NUL byte', changed(IMAGE, 'Debian 12\n', 'Debian\0 12\n'), `${IMAGE}:2:17`, /U\+0000/, /Remove/],
  ['an escaped NUL', changed(IMAGE, 'Debian 12\n', '"Debian\\0 12"\n'), `${IMAGE}:2:11`, /U\+0000/, /Remove/],
  ['an escape sequence', changed(IMAGE, 'Debian 12\n', '"\\e[2J"\n'), `${IMAGE}:2:11`, /U\+001B/, /Remove/],
  ['half a character', changed(IMAGE, 'Debian 12\n', '"\\ud800"\n'), `${IMAGE}:2:11`, /U\+D800/, /Remove/],
  [
    'not UTF-8',
    { [IMAGE]: Buffer.from(`dc:title: Debian\nsl:os: Lin\xfcx\n`, 'latin1') },
    `${IMAGE}:2:11`,
    /UTF-8/,
    /Save/,
  ],
  ['several documents', addedTo(IMAGE, '---\na: b\n'), `${IMAGE}:19:1`, /several/, /file of its own/],
  ['an empty file', { [IMAGE]: '' }, `${IMAGE}:1:1`, /says nothing/, /vmcast new/],
  ['only comments', { [IMAGE]: '# nothing\n' }, `${IMAGE}:1:1`, /says nothing/, /delete/],
  ['a sequence', { [IMAGE]: '- a\n- b\n' }, `${IMAGE}:1:1`, /keys and values/, /dc:title/],
  ['a tag', changed(IMAGE, 'Debian 12\n', '!!binary aGk=\n'), `${IMAGE}:2:11`, /tag/i, /Remove/],
  ['100 MB', { [IMAGE]: Buffer.alloc(100_000_000, 'a') }, `${IMAGE}:1:1`, /larger than/, /file\.path/],
  ['a name with a dash in front', { 'images/-rf.yaml': 'a: b\n' }, 'images/-rf.yaml:1:1', /name/, /letter/],
  // Values of the wrong kind.
  [
    'a number for text',
    changed(IMAGE, 'sl:osversion: "12"', 'sl:osversion: 12'),
    `${IMAGE}:9:15`,
    /sl:osversion must be one line of text/,
    /sl:osversion: "12"/,
  ],
  [
    'a version without quotes',
    addedTo(IMAGE, 'hv:version: 1.10\n'),
    `${IMAGE}:19:13`,
    /1\.10 without quotes/,
    /"1\.10"/,
  ],
  [
    'a free number that changes',
    addedTo(IMAGE, 'x:y: 22.10\n'),
    `${IMAGE}:19:6`,
    /22\.10 without quotes/,
    /"22\.10"/,
  ],
  [
    'a number too large',
    addedTo(IMAGE, 'x:y: 12345678901234567890\n'),
    `${IMAGE}:19:6`,
    /without quotes/,
    /Quote/,
  ],
  ['no number', addedTo(IMAGE, 'x:y: .nan\n'), `${IMAGE}:19:6`, /\.nan/, /Quote/],
  [
    'true for text',
    changed(IMAGE, 'sl:comments: ""', 'sl:comments: true'),
    `${IMAGE}:10:14`,
    /sl:comments must be text/,
    /"true"/,
  ],
  ['nothing for text', changed(IMAGE, 'sl:comments: ""', 'sl:comments:'), `${IMAGE}:10:13`, /empty/, /""/],
  ['a mapping for text', changed(IMAGE, 'Debian 12\n', '{a: b}\n'), `${IMAGE}:2:11`, /mapping/, /one line/],
  [
    'a text for the images',
    changed(LIST, '[debian-12]', 'debian-12'),
    `${LIST}:11:9`,
    /images must be a sequence/,
    /sequence/,
  ],
  [
    'a number among the images',
    changed(LIST, '[debian-12]', '[debian-12, 7]'),
    `${LIST}:11:21`,
    /images\[1\]/,
    /"7"/,
  ],
  [
    'a missing field',
    changed(IMAGE, 'sl:os: Linux\n', ''),
    `${IMAGE}:1:1`,
    /sl:os is missing/,
    /sl:os: Linux/,
  ],
  [
    'an empty title',
    changed(IMAGE, 'Debian 12\n', '""\n'),
    `${IMAGE}:2:11`,
    /dc:title is empty/,
    /Debian 12/,
  ],
  [
    'a missing e-mail',
    changed(LIST, '    hv:email: owen@example.org\n', ''),
    `${LIST}:7:3`,
    /hv:email is missing/,
    /hv:email/,
  ],
  [
    'no UUID',
    changed(IMAGE, '488dcdc4-', '../../'),
    `${IMAGE}:1:16`,
    /dc:identifier .* not a UUID/,
    /uuidgen/,
  ],
  [
    'several endorsers',
    changed(LIST, /hv:endorser:[^]*?ad:vo/, 'hv:endorser: []\nad:vo'),
    `${LIST}:6:14`,
    /one endorser/,
    /hv:x509/,
  ],
  ['an unknown key', addedTo(LIST, 'lifetme: 28d\n'), `${LIST}:12:1`, /lifetme/, /Write lifetime/],
  [
    'a key whose namespace is missing',
    addedTo(IMAGE, 'title: x\n'),
    `${IMAGE}:19:1`,
    /title/,
    /Write dc:title/,
  ],
  [
    'an unknown key that is nothing like it',
    addedTo(IMAGE, 'colour: red\n'),
    `${IMAGE}:19:1`,
    /colour/,
    /namespace/,
  ],
  [
    'an unknown key in the config',
    { [CONFIG]: `${GOOD[CONFIG] ?? ''}trsut: {ca: trust/}\n` },
    `${CONFIG}:4:1`,
    /trsut/,
    /Write trust/,
  ],
  ['an unknown key of a file', addedTo(IMAGE, '  sha256: abc\n'), `${IMAGE}:19:3`, /sha256/, /sha512/],
  [
    'a computed key on a list',
    addedTo(LIST, 'dc:date:expires: 2026-01-31T12:00:00Z\n'),
    `${LIST}:12:1`,
    /computed/,
    /lifetime/,
  ],
  ['images on the wire', addedTo(LIST, 'hv:images: []\n'), `${LIST}:12:1`, /computed/, /images/],
  [
    'a computed key of a file',
    addedTo(IMAGE, `sl:checksum:sha512: ${SUM}\n`),
    `${IMAGE}:19:1`,
    /computed/,
    /file\.sha512/,
  ],
  ['a size of a file', addedTo(IMAGE, 'hv:size: 17\n'), `${IMAGE}:19:1`, /computed/, /Remove/],
  [
    'neither path nor url',
    changed(IMAGE, /path: .*/, `sha512: ${SUM}`),
    `${IMAGE}:18:3`,
    /path or url/,
    /file\.path/,
  ],
  [
    'both path and url',
    addedTo(IMAGE, `  url: https://build.example.org/a\n  sha512: ${SUM}\n`),
    `${IMAGE}:18:3`,
    /path or url/,
    /file\.path/,
  ],
  ['a short sum', addedTo(IMAGE, '  sha512: abcd\n'), `${IMAGE}:19:11`, /sha512/, /128/],
  [
    'a sum in upper case',
    addedTo(IMAGE, `  sha512: ${SUM.toUpperCase()}\n`),
    `${IMAGE}:19:11`,
    /lower-case/,
    /128/,
  ],
  [
    'hosted elsewhere without a size',
    hosted(`sl:checksum:sha512: ${SUM}\n`),
    `${IMAGE}:1:1`,
    /hv:size is missing/,
    /bytes/,
  ],
  [
    'a size with a unit',
    hosted(`sl:checksum:sha512: ${SUM}\nhv:size: 2 GB\n`),
    `${IMAGE}:18:10`,
    /number of bytes/,
    /without unit/,
  ],
  [
    'a version without a digit',
    addedTo(IMAGE, 'hv:version: latest\n'),
    `${IMAGE}:19:13`,
    /not a version/,
    /0\.0\.1/,
  ],
  [
    'a date with fractions',
    addedTo(IMAGE, 'dc:date:expires: 2026-01-31T12:00:00.000Z\n'),
    `${IMAGE}:19:18`,
    /YYYY/,
    /fractions/,
  ],
  [
    'a day that does not exist',
    addedTo(IMAGE, 'dc:date:expires: 2026-02-30T12:00:00Z\n'),
    `${IMAGE}:19:18`,
    /no such time/,
    /exists/,
  ],
  ['a lifetime without a unit', addedTo(LIST, 'lifetime: "28"\n'), `${LIST}:12:11`, /span of time/, /28d/],
  ['no lifetime at all', addedTo(LIST, 'lifetime: 0d\n'), `${LIST}:12:11`, /span of time/, /28d/],
  [
    'a renewal after the end',
    addedTo(LIST, 'lifetime: 7d\nrenew: 1w\n'),
    `${LIST}:13:8`,
    /not shorter/,
    /shorter/,
  ],
  [
    'an unknown profile',
    addedTo(LIST, 'profiles: [vmcacher]\n'),
    `${LIST}:12:12`,
    /profile/,
    /Write vmcatcher/,
  ],
  [
    'a revocation without a reason',
    addedTo(LIST, 'revoked:\n  - dc:identifier: 185c9f57-f838-4ac6-8246-85ccd6d6d3f4\n'),
    `${LIST}:13:5`,
    /reason is missing/,
    /CVE/,
  ],
  // Files that do not go together.
  [
    'an image that does not exist',
    changed(LIST, '[debian-12]', '[debian-12, debian-21]'),
    `${LIST}:11:21`,
    /no image debian-21/,
    /Write debian-12/,
  ],
  [
    'an image listed twice',
    changed(LIST, '[debian-12]', '[debian-12, debian-12]'),
    `${LIST}:11:21`,
    /twice/,
    /Remove/,
  ],
  [
    'an image and a list with one identifier',
    changed(IMAGE, '488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d', '4E186B44-2c64-40ea-97d5-e9e5c0bce059'),
    `${IMAGE}:1:16`,
    /imagelists\/example\.yaml already/,
    /UUID of its own/,
  ],
  [
    'two images with one identifier',
    { 'images/other.yaml': GOOD[IMAGE] ?? '' },
    'images/other.yaml:1:16',
    /images\/debian-12\.yaml already/,
    /UUID/,
  ],
  [
    'revoked and listed',
    addedTo(LIST, 'revoked:\n  - dc:identifier: 488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d\n    reason: x\n'),
    `${LIST}:13:20`,
    /still on the list/,
    /Take/,
  ],
  [
    'a countersigner who is the endorser',
    changed(LIST, 'ad:vo: vo.example.org', `    hv:dn: /CN=One\ncountersigners: ${signers('Two', 'One')}`),
    `${LIST}:11:52`,
    /\/CN=One is the list’s endorser/,
    /another person/,
  ],
  [
    'a countersigner named twice',
    addedTo(LIST, `countersigners: ${signers('One', 'Two', 'One')}\n`),
    `${LIST}:12:81`,
    /\/CN=One is named twice/,
    /Remove one/,
  ],
  [
    'an endorser to trust named twice',
    addedTo(CONFIG, `trust:\n  endorsers: ${signers('One', 'One')}\n`),
    `${CONFIG}:5:49`,
    /\/CN=One is named twice/,
    /Remove one/,
  ],
  [
    'two lists at one address',
    { 'imagelists/second.yaml': (GOOD[LIST] ?? '').replace('4e186b44', '5e186b44') },
    'imagelists/second.yaml:5:9',
    /taken by imagelists\/example\.yaml/,
    /address of its own/,
  ],
  [
    'an image at a list’s address',
    {
      'images/other.yaml': (GOOD[IMAGE] ?? '')
        .replace('488dcdc4', '588dcdc4')
        .replace(
          /hv:uri:[^]*/,
          `hv:uri: https://IMAGES.example.org:443/lists/example.list\nhv:size: 1\nsl:checksum:sha512: ${SUM}\n`,
        ),
    },
    'images/other.yaml:16:9',
    /taken by imagelists\/example\.yaml/,
    /own/,
  ],
  [
    'a list named like an image’s file',
    changed(LIST, 'lists/example.list', 'images/488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d_0123456789abcdef.qcow2'),
    `${LIST}:5:9`,
    /taken by images\/debian-12\.yaml/,
    /own/,
  ],
  [
    'no target for a list',
    changed(LIST, 'https://images.example.org', 'https://other.example.org'),
    `${LIST}:5:9`,
    /No target/,
    /https:\/\/images\.example\.org\//,
  ],
  [
    'no target for an image',
    changed(IMAGE, 'hv:uri: https://images', 'hv:uri: https://other'),
    `${IMAGE}:16:9`,
    /No target/,
    /match/,
  ],
  [
    'a path that leaves its target',
    changed(LIST, 'lists/example', '../lists/example'),
    `${LIST}:5:9`,
    /plain names/,
    /slashes/,
  ],
  [
    'a path that leaves its target, encoded',
    changed(LIST, 'lists/example', '%2e%2e/example'),
    `${LIST}:5:9`,
    /plain names/,
    /%/,
  ],
  [
    'a hidden file at the target',
    changed(LIST, 'lists/example', '.htaccess/example'),
    `${LIST}:5:9`,
    /plain names/,
    /dot/,
  ],
  [
    'a prefix without an end',
    changed(IMAGE, 'org/images/', 'org/images'),
    `${IMAGE}:16:9`,
    /ends in \//,
    /End it/,
  ],
  [
    'a query in a list’s address',
    changed(LIST, 'example.list', 'example.list?x=1'),
    `${LIST}:5:9`,
    /query/,
    /\?/,
  ],
  [
    'a user in an address',
    changed(LIST, 'https://images', 'https://me:pw@images'),
    `${LIST}:5:9`,
    /address/,
    /password/,
  ],
  [
    'a match with a user',
    withTarget('match: https://me@images.example.org/'),
    `${CONFIG}:2:12`,
    /address/,
    /password/,
  ],
  [
    'a match with ..',
    withTarget('match: https://images.example.org/a/../'),
    `${CONFIG}:2:12`,
    /plain prefix/,
    /http/,
  ],
  [
    'a match with an escape',
    withTarget('match: https://images.example.org/%2E/'),
    `${CONFIG}:2:12`,
    /plain prefix/,
    /escaped/,
  ],
  [
    'a match without an end',
    withTarget('match: https://images.example.org/a'),
    `${CONFIG}:2:12`,
    /plain prefix/,
    /\//,
  ],
  [
    'one match twice',
    { [CONFIG]: `${GOOD[CONFIG] ?? ''}  - match: https://images.example.org/\n    to: file:./other/\n` },
    `${CONFIG}:4:12`,
    /Two targets/,
    /Remove/,
  ],
  [
    'an unknown kind of target',
    changed(CONFIG, 'file:./public/', 'gopher://example.org/'),
    `${CONFIG}:3:9`,
    /no kind/,
    /file:.*sftp:/,
  ],
  [
    'a target of no kind',
    changed(CONFIG, 'file:./public/', './public/'),
    `${CONFIG}:3:9`,
    /no kind/,
    /file:/,
  ],
  [
    'a password in the address of a target',
    to('sftp://publisher:secret@example.org/'),
    `${CONFIG}:3:9`,
    /not of the form sftp:/,
    /no password/,
  ],
  [
    'an SSH target without a user',
    to('sftp://example.org/srv/'),
    `${CONFIG}:3:9`,
    /sftp:\/\/user@/,
    /plain names/,
  ],
  ['a target above its root', to('davs://example.org/a/../b/'), `${CONFIG}:3:9`, /form davs:/, /plain/],
  ['a target without an end', to('davs://example.org/a'), `${CONFIG}:3:9`, /form davs:/, /\/ at the end/],
  ['a bucket with capitals', to('s3://Bucket/'), `${CONFIG}:3:9`, /form s3:/, /plain/],
  ['no host key', to(SFTP), `${CONFIG}:3:9`, /which key example.org has/, /hostKey: SHA256/],
  [
    'two ways to know a host',
    to(SFTP, `hostKey: SHA256:${'a'.repeat(43)}`, 'knownHosts: vmcast.yaml'),
    `${CONFIG}:5:5`,
    /both/,
    /Remove one/,
  ],
  [
    'no key of the host',
    to(SFTP, 'knownHosts: vmcast.yaml'),
    `${CONFIG}:4:17`,
    /no key of example.org/,
    /ssh-keyscan/,
  ],
  ['no known_hosts file', to(SFTP, 'knownHosts: nowhere'), `${CONFIG}:4:17`, /ENOENT/, /./],
  [
    'an MD5 fingerprint',
    to(SFTP, `hostKey: "${Array(16).fill('ab').join(':')}"`),
    `${CONFIG}:4:14`,
    /not a fingerprint/,
    /SHA256/,
  ],
  ['a CA that is not there', to('davs://example.org/srv/', 'ca: nowhere/'), `${CONFIG}:4:9`, /nowhere/, /./],
  [
    'a setting of another kind',
    to('file:./public/', 'region: eu-central-1'),
    `${CONFIG}:4:5`,
    /region means nothing/,
    /Remove/,
  ],
  [
    'an endpoint that no secret is bound to',
    to('s3://bucket/', 'endpoint: https://s3.example.org'),
    `${CONFIG}:4:15`,
    /needs a `name`/,
    /VMCAST_S3_<NAME>_HOST/,
  ],
  ...['gsiftp', 'gsidcap', 'dcap', 'root', 'srm'].map((scheme): Case => [
    `a certificate that is bound to no host, for ${scheme}`,
    to(`${scheme}://se.example.org/vmimages/`),
    `${CONFIG}:3:9`,
    /grid client needs a `name`/,
    /VMCAST_X509_<NAME>_HOST/,
  ]),
  [
    'a certificate that is bound to no host, for davs by gfal-copy',
    to('davs://se.example.org/', 'client: gfal-copy'),
    `${CONFIG}:3:9`,
    /grid client needs a `name`/,
    /VMCAST_X509_<NAME>_HOST/,
  ],
  [
    'a client that does not speak WebDAV',
    to('davs://se.example.org/', 'name: se', 'client: dccp'),
    `${CONFIG}:5:13`,
    /dccp does not speak davs/,
    /Remove it.*gfal-copy/,
  ],
  [
    'a client where there is none',
    to('dav://se.example.org/', 'name: se', 'client: gfal-copy'),
    `${CONFIG}:5:13`,
    /gfal-copy does not speak dav\./,
    /Remove it/,
  ],
  ...['ca: ca.pem', 'certificate: c.pem', 'key: ../k.pem', 'singlePublisher: true'].map((line): Case => [
    `${line} for a client that does not heed it`,
    to('davs://se.example.org/', 'name: se', 'client: gfal-copy', line),
    `${CONFIG}:6:5`,
    /means nothing to gfal-copy/,
    /Remove it/,
  ]),
  [
    'a certificate without its key',
    to('davs://se.example.org/', 'certificate: c.pem'),
    `${CONFIG}:4:5`,
    /certificate is given without key/,
    /Add it/,
  ],
  [
    'a key without its certificate',
    to('egiappdb://owen@appdb.example.org/', 'key: ../k.pem'),
    `${CONFIG}:4:5`,
    /key is given without certificate/,
    /Add it/,
  ],
  [
    'one name twice',
    {
      [CONFIG]: ['a', 'b']
        .map((one) => `  - match: https://${one}.example.org/\n    to: s3://bucket/\n    name: store\n`)
        .reduce((text, one) => text + one, 'targets:\n'),
    },
    `${CONFIG}:7:11`,
    /Two targets have the name store/,
    /name of its own/,
  ],
  [
    'images at a catalogue of lists',
    to('egiappdb://owen@appdb.example.org/'),
    `${IMAGE}:16:9`,
    /lists only/,
    /another target/,
  ],
  [
    'a file outside, without a pin',
    changed(IMAGE, '../build/', '../../secret/'),
    `${IMAGE}:18:9`,
    /outside/,
    /vmcast hash debian-12/,
  ],
  [
    'a file of the system',
    changed(IMAGE, /path: .*/, `path: /proc/self/environ\n  sha512: ${SUM}`),
    `${IMAGE}:18:9`,
    /\/proc/,
    /regular/,
  ],
  [
    'a device',
    changed(IMAGE, /path: .*/, `path: /tmp/../dev/sda\n  sha512: ${SUM}`),
    `${IMAGE}:18:9`,
    /\/dev/,
    /regular/,
  ],
  [
    'a url without a pin',
    changed(IMAGE, /path: .*/, 'url: https://build.example.org/a'),
    `${IMAGE}:18:8`,
    /no pin/,
    /sha512sum/,
  ],
  [
    'a url to this machine',
    changed(IMAGE, /path: .*/, `url: http://127.1/a\n  sha512: ${SUM}`),
    `${IMAGE}:18:8`,
    /private/,
    /allowPrivateHosts/,
  ],
  [
    'a url to this machine, in IPv6',
    changed(IMAGE, /path: .*/, `url: http://[::ffff:10.0.0.1]/a\n  sha512: ${SUM}`),
    `${IMAGE}:18:8`,
    /private/,
    /allowPrivateHosts/,
  ],
  [
    'a url that is no address',
    changed(IMAGE, /path: .*/, `url: http://[/a\n  sha512: ${SUM}`),
    `${IMAGE}:18:8`,
    /no address/,
    /https/,
  ],
  [
    'a promise that is not kept',
    {
      ...addedTo(LIST, 'profiles: [cloudkeeper]\n'),
      ...changed(IMAGE, 'hv:format: qcow2', 'hv:format: raw.gz'),
    },
    `${IMAGE}:5:12`,
    /cloudkeeper would refuse/,
    /qcow2/,
  ],
  [
    'a shell character in an image’s address',
    changed(IMAGE, 'org/images/', 'org/$(id)/'),
    `${IMAGE}:16:9`,
    /shell/,
    /percent/,
  ],
]

const like = (pattern: RegExp): unknown => expect.stringMatching(pattern)

const errorsOf = async (root: string) =>
  (await inspect(root)).faults.filter(({ severity }) => severity === 'error')

describe('bad input', () => {
  test.each(CASES)('%s', async (_what, files, place, message, remedy) => {
    const root = await contentRepository(files)
    const before = await snapshot(root)
    const faults = await errorsOf(root)
    const said = faults.map((fault) => ({ ...fault, place: `${fault.file}:${fault.line}:${fault.column}` }))
    expect(said).toContainEqual(
      expect.objectContaining({
        place,
        message: like(message),
        remedy: like(remedy),
      }),
    )
    expect(await snapshot(root)).toEqual(before)
  })

  test('all faults come at once, sorted by their places', async () => {
    const faults = await errorsOf(
      await contentRepository({
        ...changed(IMAGE, 'dc:title: Debian 12', 'dc:title: 12'),
        ...changed(LIST, '[debian-12]', '[debian-13]'),
        'images/broken.yaml': 'a: [',
        'vmcast.yaml': 'targets: 7\n',
      }),
    )
    expect(faults.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
      `${LIST}:5:9`,
      `${LIST}:11:10`,
      'images/broken.yaml:1:5',
      `${IMAGE}:2:11`,
      `${IMAGE}:16:9`,
      'vmcast.yaml:1:10',
    ])
  })

  test('a password in an address is not shown', async () => {
    const root = await contentRepository(changed(LIST, 'https://images', 'https://me:geheim@images'))
    expect(JSON.stringify(await errorsOf(root))).not.toContain('geheim')
  })
})

describe('files that are not what they seem', () => {
  test('a symbolic link within the repository is followed, one that leads out is not', async () => {
    const root = await contentRepository({
      ...changed(LIST, '[debian-12]', '[inside]'),
      'build/inside.yaml': GOOD[IMAGE] ?? '',
      [IMAGE]: null,
    })
    await mkdir(join(root, 'images'))
    await symlink('../build/inside.yaml', join(root, 'images/inside.yaml'))
    expect(await errorsOf(root)).toEqual([])

    const outside = join(await temporaryFolder(), 'outside.yaml')
    await writeFile(outside, GOOD[IMAGE] ?? '')
    await rm(join(root, 'images/inside.yaml'))
    await symlink(outside, join(root, 'images/inside.yaml'))
    expect(await errorsOf(root)).toMatchObject([
      { rule: 'outside', file: 'images/inside.yaml', line: 1, column: 1 },
    ])
  })

  test('a folder that leads out is not read', async () => {
    const root = await contentRepository({ [IMAGE]: null })
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'debian-12.yaml'), GOOD[IMAGE] ?? '')
    await rm(join(root, 'images'), { recursive: true, force: true })
    await symlink(outside, join(root, 'images'))
    expect((await errorsOf(root)).map(({ rule }) => rule)).toContain('outside')
  })

  test('a folder, a link to nothing and a pipe are no content files', async () => {
    const root = await contentRepository()
    await mkdir(join(root, 'images/folder.yaml'))
    await symlink('nothing.yaml', join(root, 'images/dangling.yaml'))
    await execa('mkfifo', [join(root, 'images/pipe.yaml')])
    expect((await errorsOf(root)).map(({ rule, file }) => [rule, file])).toEqual([
      ['unreadable', 'images/dangling.yaml'],
      ['not-regular', 'images/folder.yaml'],
      ['not-regular', 'images/pipe.yaml'],
    ])
  })

  test('a file that may not be read says so', async () => {
    const root = await contentRepository()
    await chmod(join(root, IMAGE), 0)
    await chmod(root, 0o755)
    const program = `import { inspect } from ${JSON.stringify(join(import.meta.dirname, '../../src/desired/load.ts'))}
      console.log(JSON.stringify((await inspect(${JSON.stringify(root)})).faults))`
    const run = await execa('node', ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '../..'),
      ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
    })
    expect(JSON.parse(run.stdout)).toContainEqual(
      expect.objectContaining({
        rule: 'unreadable',
        file: IMAGE,
        message: like(/EACCES/),
      }),
    )
  })

  test('a file that ends in .yml is a warning', async () => {
    const { faults, desired } = await inspect(await contentRepository({ 'images/other.yml': 'a: b\n' }))
    expect(faults).toMatchObject([{ severity: 'warning', rule: 'yml', file: 'images/other.yml' }])
    expect(desired).not.toBeNull()
  })
})
