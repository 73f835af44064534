import { mkdir, rm, symlink, writeFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import { describe, expect, test } from 'vitest'
import { DAY } from '../../src/dates.ts'
import { inspect, load } from '../../src/desired/load.ts'
import { isFault } from '../../src/errors.ts'
import { changed, contentRepository, GOOD, temporaryFolder } from '../support/content.ts'

const LIST = 'imagelists/example.yaml'
const IMAGE = 'images/debian-12.yaml'
const SUM = '8b4c'.repeat(32)

describe('what a repository asks for', () => {
  test('the examples of the documentation are read as they are meant', async () => {
    const root = await contentRepository({
      'vmcast.yaml': `targets:                                  # longest matching prefix of hv:uri wins
  - match: https://images.example.org/
    to: file:./public/                    # relative to this file
    public: false
signing:
  certificate: usercert.pem
  key: ../keys/userkey.pem
trust:
  ca: trust/
  crl: require
  endorsers: [{ dn: /DC=org/CN=Owen Synge, ca: /DC=org/CN=CA }]
allowPrivateHosts: [build.example.org]
`,
      [LIST]: `${(GOOD[LIST] ?? '').replace('[debian-12]', '[debian-12, elsewhere]')}lifetime: 28d
renew: 7d
profiles: [vmcatcher, atrope, vmcatcher]
revoked:
  - dc:identifier: 185c9f57-f838-4ac6-8246-85ccd6d6d3f4
    reason: CVE-2026-0001 in the kernel
    advisory: https://advisories.example.org/2026-0001
countersigners:
  - dn: /DC=org/CN=Owen Synge
    ca: /DC=org/CN=CA
`,
      [IMAGE]: `${GOOD[IMAGE] ?? ''}  sha512: ${SUM}                     # pin\nhv:version: "1.10"\n`,
      'images/elsewhere.yaml': (GOOD[IMAGE] ?? '')
        .replace('488dcdc4', '588dcdc4')
        .replace(
          /hv:uri:[^]*/,
          `hv:uri: https://cdn.example.com/debian.qcow2\nhv:size: 2147483648\nsl:checksum:sha512: ${SUM}\n`,
        ),
    })
    const { desired, faults } = await inspect(root)
    const owen = { dn: '/DC=org/CN=Owen Synge', ca: '/DC=org/CN=CA' }
    expect(faults).toEqual([])
    expect(desired).toMatchObject({
      root,
      dirty: [],
      config: {
        targets: [
          {
            match: 'https://images.example.org/',
            to: 'file:./public/',
            public: false,
            settings: {},
            hostKeys: [],
            authorities: [],
          },
        ],
        signing: { certificate: join(root, 'usercert.pem'), key: join(root, '../keys/userkey.pem') },
        trust: { ca: join(root, 'trust'), crl: 'require', endorsers: [owen] },
        allowPrivateHosts: ['build.example.org'],
      },
      lists: [
        {
          name: 'example',
          identifier: '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
          uri: 'https://images.example.org/lists/example.list',
          images: ['debian-12', 'elsewhere'],
          lifetime: 28 * DAY,
          renew: 7 * DAY,
          profiles: ['hepix', 'vmcatcher', 'atrope'],
        },
      ],
    })
    const [list] = desired?.lists ?? []
    expect(list?.keys).toMatchObject({ 'ad:vo': 'vo.example.org', 'dc:source': 'example.org' })
    expect(Object.keys(list?.keys ?? {}).every((key) => key.includes(':'))).toBe(true)
    expect([...(list?.revoked ?? [])]).toEqual([
      [
        '185c9f57-f838-4ac6-8246-85ccd6d6d3f4',
        { reason: 'CVE-2026-0001 in the kernel', advisory: 'https://advisories.example.org/2026-0001' },
      ],
    ])
    expect(list?.countersigners).toEqual([owen])
    const image = desired?.images.get('debian-12')
    expect(image).toMatchObject({
      uri: 'https://images.example.org/images/',
      file: { kind: 'path', path: join(root, 'build/debian-12.qcow2'), sha512: SUM },
    })
    expect(image?.keys).toMatchObject({ 'hv:version': '1.10', 'sl:osversion': '12', 'sl:comments': '' })
    expect(desired?.images.get('elsewhere')).toMatchObject({
      uri: 'https://cdn.example.com/debian.qcow2',
      file: null,
      keys: { 'hv:size': 2147483648, 'sl:checksum:sha512': SUM },
    })
  })

  test('what is not said has its usual value', async () => {
    const { lists, config } = await load(await contentRepository())
    expect(lists).toMatchObject([{ lifetime: 28 * DAY, renew: 7 * DAY, profiles: ['hepix'] }])
    expect(config).toMatchObject({ signing: { certificate: null, key: null }, trust: { ca: null } })
  })

  test('a shorter life is renewed earlier', async () => {
    const { lists } = await load(await contentRepository({ [LIST]: `${GOOD[LIST] ?? ''}lifetime: 4d\n` }))
    expect(lists).toMatchObject([{ lifetime: 4 * DAY, renew: DAY }])
  })

  test('a pinned url may be private where the repository allows its host', async () => {
    const url = `url: http://10.1.2.3/debian.qcow2\n  sha512: ${SUM}`
    const root = await contentRepository({
      ...changed(IMAGE, /path: .*/, url),
      'vmcast.yaml': `${GOOD['vmcast.yaml'] ?? ''}allowPrivateHosts: [10.1.2.3]\n`,
    })
    expect((await load(root)).images.get('debian-12')?.file).toEqual({
      kind: 'url',
      url: 'http://10.1.2.3/debian.qcow2',
      sha512: SUM,
    })
  })

  test('a list with no images, and one with thousands', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `image-${index}`)
    const images = names.map((name, index) => [
      `images/${name}.yaml`,
      (GOOD[IMAGE] ?? '').replace('488dcdc4', String(10_000_000 + index)),
    ])
    const root = await contentRepository({
      ...changed(LIST, '[debian-12]', '[]'),
      'imagelists/large.yaml': (GOOD[LIST] ?? '')
        .replace('4e186b44', '5e186b44')
        .replace('example.list', 'large.list')
        .replace('[debian-12]', `[debian-12, ${names.join(', ')}]`),
      ...(Object.fromEntries(images) as Record<string, string>),
    })
    const { lists } = await load(root)
    expect(lists.map((list) => list.images.length)).toEqual([0, 3001])
  })

  test('all errors are one error for whoever only wants what is desired', async () => {
    const root = await contentRepository(changed(LIST, '[debian-12]', '[debian-13]'))
    const error: unknown = await load(root).catch((thrown: unknown) => thrown)
    expect(isFault(error, 'repository-faults') && error.message).toContain(`${LIST}:11:10: There is no image`)
  })

  test('a folder that is no repository', async () => {
    const folder = await temporaryFolder()
    for (const place of [folder, join(folder, 'nowhere')])
      await expect(load(place)).rejects.toMatchObject({ code: 'no-repository' })
  })
})

describe('warnings', () => {
  const cases: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
    ['a list without https', changed(LIST, 'https:', 'http:'), `${LIST}:5:9`, /https/],
    ['a slip in a key', { [IMAGE]: `${GOOD[IMAGE] ?? ''}hv:verison: "1"\n` }, `${IMAGE}:19:1`, /hv:version/],
    ['a suffix', { [IMAGE]: `${GOOD[IMAGE] ?? ''}hv:version: 0.0.1a\n` }, `${IMAGE}:19:13`, /0\.0\.1a/],
    ['an image on no list', changed(LIST, '[debian-12]', '[]'), `${IMAGE}:1:1`, /on no list/],
    ['text beyond ASCII', changed(IMAGE, 'Debian 12\n', 'Débian 12\n'), `${IMAGE}:2:11`, /vmcatcher/],
    ['a field for atrope', changed(IMAGE, /ad:group.*\n/, ''), `${IMAGE}:1:1`, /atrope .*ad:group/],
  ]

  test.each(cases)('%s', async (_what, files, place, message) => {
    const root = await contentRepository({
      ...files,
      'vmcast.yaml': (GOOD['vmcast.yaml'] ?? '') + HTTP_TOO,
    })
    const { faults, desired } = await inspect(root)
    expect(faults.map(({ severity }) => severity)).toEqual(['warning'])
    expect(`${faults[0]?.file}:${faults[0]?.line}:${faults[0]?.column}`).toBe(place)
    expect(faults[0]?.message).toMatch(message)
    expect(faults[0]?.remedy).not.toBe('')
    expect(desired).not.toBeNull()
  })

  test('a size that is text, as imports keep it', async () => {
    const hosted = `hv:uri: https://cdn.example.com/debian.qcow2\nhv:size: "17"\nsl:checksum:sha512: ${SUM}\n`
    const { faults } = await inspect(await contentRepository(changed(IMAGE, /hv:uri:[^]*/, hosted)))
    expect(faults).toMatchObject([{ rule: 'size', severity: 'warning', file: IMAGE, line: 17, column: 10 }])
  })

  test('what looks like no known key is left alone', async () => {
    const keys = 'dc:format: x\nhv:core_maximum: 4\nsl:checksum:sha256: abc\nmy:key: x\n'
    const { faults } = await inspect(await contentRepository({ [IMAGE]: `${GOOD[IMAGE] ?? ''}${keys}` }))
    expect(faults).toEqual([])
  })
})

/** Besides the good target, for lists that are served without https. */
const HTTP_TOO = '  - match: http://images.example.org/\n    to: file:./plain/\n'

describe('git', () => {
  async function committed(files: Readonly<Record<string, string>> = {}, below = ''): Promise<string> {
    const root = await contentRepository(files)
    const top = join(root, below)
    const git = simpleGit(top)
    await git.init()
    await git.addConfig('user.name', 'Owen Synge')
    await git.addConfig('user.email', 'owen@example.org')
    await git.add('.')
    await git.commit('Everything')
    return root
  }

  test('outside git nothing is dirty', async () => {
    expect((await load(await contentRepository())).dirty).toEqual([])
  })

  test('content files that differ from the commit are dirty, others are not', async () => {
    const root = await committed({ '.gitignore': 'images/ignored.yaml\n' })
    expect((await load(root)).dirty).toEqual([])

    await writeFile(join(root, 'README.md'), 'new')
    expect((await load(root)).dirty).toEqual([])

    await writeFile(join(root, IMAGE), `${GOOD[IMAGE] ?? ''}# changed\n`)
    for (const [name, first] of [
      ['new', '588dcdc4'],
      ['ignored', '688dcdc4'],
    ] as const)
      await writeFile(join(root, `images/${name}.yaml`), (GOOD[IMAGE] ?? '').replace('488dcdc4', first))
    expect([...(await load(root)).dirty].sort()).toEqual([IMAGE, 'images/ignored.yaml', 'images/new.yaml'])
  })

  const TRUSTING = `${GOOD['vmcast.yaml'] ?? ''}signing:
  certificate: usercert.pem
trust:
  ca: pki/trust/
`

  const trusting = (files: Readonly<Record<string, string>> = {}) =>
    committed({
      'vmcast.yaml': TRUSTING,
      'usercert.pem': 'a certificate',
      'pki/trust/ca.pem': 'a CA',
      'pki/trust/ca.r0': 'a revocation list',
      'pki/README': 'what is here',
      ...files,
    })

  test('so are the certificate and the CAs that vmcast.yaml names, if they lie in git', async () => {
    const root = await trusting()
    expect((await load(root)).dirty).toEqual([])
    for (const file of ['usercert.pem', 'pki/trust/ca.pem', 'pki/trust/new.signing_policy', 'pki/README'])
      await writeFile(join(root, file), 'changed')
    expect([...(await load(root)).dirty].sort()).toEqual([
      'pki/trust/ca.pem',
      'pki/trust/new.signing_policy',
      'usercert.pem',
    ])
    await rm(join(root, 'pki'), { recursive: true })
    expect((await load(root)).dirty).toContain('pki/trust/ca.pem')
  })

  test('but neither revocation lists, which are fetched, nor what git ignores', async () => {
    const root = await trusting({ '.gitignore': 'usercert.pem\nfetched.pem\n' })
    for (const file of ['usercert.pem', 'pki/trust/ca.r0', 'pki/trust/new.crl', 'pki/trust/fetched.pem'])
      await writeFile(join(root, file), 'changed')
    expect((await load(root)).dirty).toEqual([])
  })

  test('a link that leads to other CAs, and a change of the CAs behind one, are dirty', async () => {
    const root = await trusting({ 'other/trust/ca.pem': 'another CA' })
    await rm(join(root, 'pki'), { recursive: true })
    await symlink('other', join(root, 'pki'))
    expect([...(await load(root)).dirty].sort()).toEqual(['pki', 'pki/trust/ca.pem'])
    const git = simpleGit(root)
    await git.add('.')
    await git.commit('A link')
    expect((await load(root)).dirty).toEqual([])
    await writeFile(join(root, 'other/trust/ca.pem'), 'changed')
    expect((await load(root)).dirty).toEqual(['other/trust/ca.pem'])
  })

  test('what a target names is looked at too, and what lies outside the work tree is not', async () => {
    const other = await temporaryFolder()
    const config = (GOOD['vmcast.yaml'] ?? '').replace(
      'to: file:./public/',
      'to: sftp://publisher@images.example.org/srv/\n    knownHosts: known_hosts',
    )
    const root = await committed({
      'vmcast.yaml': `${config}trust:\n  ca: ${other}\n`,
      known_hosts:
        'images.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFQ4vzg5DJ0TKpSVvXHYTxTE8Fxh9DdhkHiYVIqPRuS5\n',
    })
    await writeFile(join(other, 'ca.pem'), 'a CA')
    expect((await load(root)).dirty).toEqual([])
    await writeFile(
      join(root, 'known_hosts'),
      '# changed\nimages.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFQ4vzg5DJ0TKpSVvXHYTxTE8Fxh9DdhkHiYVIqPRuS5\n',
    )
    expect((await load(root)).dirty).toEqual(['known_hosts'])
  })

  test('a repository below the top of its work tree', async () => {
    const top = await temporaryFolder()
    const root = join(top, 'content')
    for (const [file, text] of Object.entries(GOOD)) {
      await mkdir(join(root, file, '..'), { recursive: true })
      await writeFile(join(root, file), text)
    }
    await simpleGit(top).init()
    expect([...(await load(root)).dirty].sort()).toEqual([LIST, IMAGE, 'vmcast.yaml'])
  })

  test('files that look like a repository of their own are refused, and give git no orders', async () => {
    const top = await temporaryFolder()
    const content = join(top, 'content')
    const pwned = join(top, 'pwned')
    const config = `[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = "touch ${pwned}; false"\n`
    const bare = { HEAD: 'ref: refs/heads/main\n', config, 'objects/keep': '', 'refs/keep': '' }
    for (const [file, text] of Object.entries({ ...GOOD, ...bare })) {
      await mkdir(join(content, file, '..'), { recursive: true })
      await writeFile(join(content, file), text)
    }
    await simpleGit(top).init()
    await expect(load(content)).rejects.toMatchObject({ code: 'git-failed' })
    await expect(stat(pwned)).rejects.toThrow('ENOENT')
  })

  test('private keys that git tracks are errors, and are found by what they say', async () => {
    const key = ['-----BEGIN', 'ENCRYPTED PRIVATE KEY-----'].join(' ')
    const root = await committed({ 'notes.txt': `see\n${key}\nMII\n`, 'store.p12': 'x' })
    await writeFile(join(root, 'untracked.pem'), `${key}\n`)
    const { faults } = await inspect(root)
    expect(faults.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['private-key', 'notes.txt', 1],
      ['private-key', 'store.p12', 1],
    ])
  })

  test('git that cannot answer is an error, not a clean tree', async () => {
    const root = await contentRepository({ '.git/HEAD': 'nonsense' })
    await expect(load(root)).rejects.toMatchObject({ code: 'git-failed' })
  })
})
