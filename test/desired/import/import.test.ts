import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { importList, type Inventory } from '../../../src/desired/import/import.ts'
import { readYaml } from '../../../src/desired/yaml.ts'
import { serialize } from '../../../src/list/compose.ts'
import { anyList, anyText } from '../../support/any-list.ts'
import { composeImported } from '../../support/compose-imported.ts'
import { ALTERED_SEED, seedContent } from '../../support/seed.ts'

const EMPTY: Inventory = { lists: new Map(), images: new Map() }

/** A list around some images, with nothing else that a warning could be about. */
const listOf = (images: readonly object[], keys: object = {}): string =>
  JSON.stringify({
    'hv:imagelist': {
      'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
      'hv:images': images.map((image) => ({ 'hv:image': image })),
      ...keys,
    },
  })

const image = (keys: object = {}): object => ({
  'dc:identifier': '488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d',
  'dc:title': 'README example VM',
  ...keys,
})

const importing = (content: string, repository = EMPTY) => importList(content, 'Imported.', repository)
const pathsOf = (content: string, repository = EMPTY) =>
  importing(content, repository).files.map(({ path }) => path)

describe('an imported list', () => {
  it('composes back to the same JSON, whatever its keys and values are', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const content = JSON.stringify(list)
        expect(serialize(composeImported(content, importing(content)))).toBe(serialize(list))
      }),
      { numRuns: 500 },
    )
  })

  it('is read from its YAML files as it is imported, unless a warning says otherwise', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const { files, warnings } = importing(JSON.stringify(list))
        for (const { path, text } of files) {
          const { value, problems } = readYaml(text)
          if (problems.length === 0) expect(value).toEqual(parseYaml(text))
          else expect(warnings).toContainEqual(expect.stringContaining(path))
        }
      }),
    )
  })

  it('becomes YAML files that explain themselves', async () => {
    const { files, warnings } = importing(seedContent(ALTERED_SEED))
    expect(warnings).toEqual([])
    await expect(files.map(({ path, text }) => `==> ${path}\n${text}`).join('\n')).toMatchFileSnapshot(
      '../../golden/import-seed.txt',
    )
  })
})

describe('what cannot be kept', () => {
  it('is left out where it has no namespace, since it would instruct vmcast, and is named', () => {
    const content = listOf([image({ file: { path: '/etc/passwd' }, ['__proto__']: 1 })], {
      lifetime: '9w',
      images: ['../../evil'],
      'x:kept': { inner: 1 },
    }).replace('{"hv:imagelist"', '{"around":1,"hv:imagelist"')
    const { files, warnings } = importing(content)
    expect(files[0]?.text).toContain('images:\n  - readme-example-vm\n')
    expect(files[0]?.text).not.toContain('9w')
    expect(files[0]?.text).toContain('x:kept:\n  inner: 1\n')
    expect(files[1]?.text).not.toContain('passwd')
    expect(warnings.map((warning) => warning.replace(/ is left out.*/, ''))).toEqual([
      'around',
      'hv:imagelist/lifetime',
      'hv:imagelist/images',
      'hv:imagelist/hv:images/0/hv:image/file',
      'hv:imagelist/hv:images/0/hv:image/__proto__',
    ])
  })

  it.each([
    [
      '"x:n": 9007199254740993',
      'x:n is 9007199254740993, which cannot be kept exactly: it is now 9007199254740992.',
    ],
    ['"x:n": 0.10000000000000000555', 'it is now 0.1.'],
    ['"x:n": 1, "x:n": 2', 'x:n is given twice: the last one counts'],
    ['"x:n": [{"a": 1, "\\u0061": 2}]', 'x:n/0/a is given twice'],
  ])('is warned of: %s', (keys, warning) => {
    const content = listOf([image()]).replace('"hv:images"', `${keys},"hv:images"`)
    expect(importing(content).warnings).toContainEqual(expect.stringContaining(warning))
  })

  it.each(['9007199254740991', '1e-21', '0.1', '-0', '5e-324', '1.10', '100', '"1e999"', '"\\"{"'])(
    'is not warned of: %s',
    (value) => {
      const content = listOf([image()]).replace('"hv:images"', `"x:n":${value},"hv:images"`)
      expect(importing(content).warnings).toEqual([])
    },
  )

  it.each([
    ['a number out of range', listOf([]).replace('[]', '[], "x:n": 1e999'), /x:n is out of range/],
    ['deep nesting', `{"hv:imagelist": {"x:n": ${'['.repeat(5_000_000)}`, /nests deeper/],
    ['no JSON', 'hv:imagelist', /not JSON/],
    ['no list', '{"hv:images": []}', /hv:imagelist is missing/],
    ['images of another shape', listOf([]).replace('[]', '[{"hv:image": []}]'), /hv:images\[0\]/],
  ])('refuses %s', (_, content, message) => {
    expect(() => importing(content)).toThrow(
      expect.objectContaining({ code: 'list-malformed', message: expect.stringMatching(message) as string }),
    )
  })
})

describe('what will need a decision', () => {
  it.each([
    ['an image without identifier', [{ 'dc:title': 'A' }], 'Image 1 (A) has no dc:identifier.'],
    ['an identifier that is no UUID', [image({ 'dc:identifier': '../x' })], '../x, which is no UUID'],
    ['two images with one identifier', [image(), image()], 'Several images have the dc:identifier 488dcdc4'],
    ['a text as hv:size', [image({ 'hv:size': '12' })], 'has a text as hv:size, and keeps it'],
    [
      'an image that expires by itself',
      [image({ 'dc:date:expires': 'x' })],
      'has a dc:date:expires of its own',
    ],
    [
      'a text with a control character',
      [image({ 'x:n': 'a\0b' })],
      'images/readme-example-vm.yaml: There is a control',
    ],
    ['an integer beyond a double’s', [image({ 'x:n': 2 ** 60 })], 'without quotes is a number'],
    ['a key named __proto__', [image({ 'x:n': { ['__proto__']: 1 } })], 'The key __proto__ is not allowed'],
    ['an empty list', [], 'The list has no image'],
  ])('is imported as it is, and warned of: %s', (_, images, warning) => {
    const { files, warnings } = importing(listOf(images))
    expect(files).toHaveLength(images.length + 1)
    expect(warnings).toEqual([expect.stringContaining(warning)])
  })
})

describe('an image that expires', () => {
  const EXPIRES = '2011-04-07T17:09:12Z'
  const forAtrope = image({
    'hv:uri': 'https://images.example.org/images/a.qcow2',
    'hv:format': 'qcow2',
    'sl:osname': 'Debian',
    'ad:group': 'General group',
    'ad:mpuri': 'https://images.example.org/catalogue/a',
    'ad:user:fullname': 'Owen Synge',
    'ad:user:guid': 'b268b87b-fe42-477e-b4d4-087ad9fde61b',
    'ad:user:uri': 'https://images.example.org/people/owen',
    'dc:date:expires': EXPIRES,
  })
  const keys = { 'dc:date:created': '2011-03-10T17:09:12Z', 'dc:date:expires': EXPIRES, 'hv:version': '1' }

  it('with a list for subscribers that ask for that goes on to expire with it', () => {
    const { files, warnings } = importing(listOf([forAtrope], keys))
    expect(warnings).toEqual([])
    expect(files[0]?.text).toContain('profiles:\n  - atrope\n')
    expect(files[1]?.text).not.toContain('dc:date:expires')
  })

  it('when no such subscriber is served, or at another time, keeps what it has', () => {
    const later = { ...forAtrope, 'dc:date:expires': '2012-04-07T17:09:12Z' }
    for (const images of [[forAtrope, later], [{ ...forAtrope, 'sl:osname': null }]]) {
      const { files, warnings } = importing(listOf(images, keys))
      expect(files[0]?.text).not.toContain('profiles')
      expect(files[1]?.text).toContain(`dc:date:expires: "${EXPIRES}"`)
      expect(warnings).toContainEqual(expect.stringContaining('has a dc:date:expires of its own'))
    }
  })
})

describe('the files’ names', () => {
  it('come from the titles', () => {
    expect(
      pathsOf(listOf([image({ 'dc:title': 'Ubuntu 24.04 (Noble)' })], { 'dc:title': 'Über—alle!' })),
    ).toEqual(['imagelists/uber-alle.yaml', 'images/ubuntu-24.04-noble.yaml'])
  })

  it('are plain, bounded and unique in any letter case, whatever the titles are', () => {
    fc.assert(
      fc.property(fc.array(anyText), (titles) => {
        const paths = pathsOf(
          listOf(
            titles.map((title) => ({ 'dc:title': title })),
            { 'dc:title': titles[0] ?? '' },
          ),
        )
        for (const path of paths)
          expect(path).toMatch(/^(imagelists|images)\/[a-z0-9]+([-._][a-z0-9]+)*\.yaml$/)
        for (const path of paths) expect(path.length).toBeLessThan(90)
        expect(new Set(paths).size).toBe(titles.length + 1)
      }),
    )
  })

  it.each(['con', 'NUL.txt', 'Com1', 'aux', '...', '', '../..', '/', '漢字', '\0'])(
    'are never reserved or empty: %j',
    (title) => {
      const [, path = ''] = pathsOf(listOf([image({ 'dc:title': title })]))
      expect(path).toMatch(/^images\/image(-[a-z0-9.]+)?\.yaml$/)
    },
  )

  it('stay those that the repository has, by identifier, and never take another’s', () => {
    const repository: Inventory = {
      lists: new Map([['ours', '4e186b44-2c64-40ea-97d5-e9e5c0bce059']]),
      images: new Map([
        ['debian', '488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d'],
        ['README-example-VM', null],
      ]),
    }
    const images = [image(), image({ 'dc:identifier': '185c9f57-f838-4ac6-8246-85ccd6d6d3f4' }), image()]
    expect(pathsOf(listOf(images), repository)).toEqual([
      'imagelists/ours.yaml',
      'images/debian.yaml',
      'images/readme-example-vm-2.yaml',
      'images/readme-example-vm-3.yaml',
    ])
  })
})

describe('lifetime', () => {
  it.each([
    ['2011-04-07T17:09:12Z', 'lifetime: 28d'],
    ['2011-04-07T17:09:13Z', null],
    ['2011-03-10T17:09:12Z', null],
    ['soon', null],
  ])('is given where the list was made for whole days: until %s', (expires, line) => {
    const content = listOf([], { 'dc:date:created': '2011-03-10T17:09:12Z', 'dc:date:expires': expires })
    const text = importing(content).files[0]?.text ?? ''
    expect(/^lifetime.*$/m.exec(text)?.[0] ?? null).toBe(line)
  })
})
