import { describe, expect, test } from 'vitest'
import { complaintsAboutImage, complaintsAboutList } from '../../src/list/profiles.ts'
import type { JsonObject } from '../../src/model.ts'

const NOTHING = new Set<string>()

/** An image that every subscriber takes. */
const IMAGE: JsonObject = {
  'dc:title': 'Debian 12',
  'dc:description': 'Debian 12 with cloud-init',
  'hv:uri': 'https://images.example.org/images/debian-12.qcow2',
  'hv:format': 'qcow2',
  'sl:osname': 'Debian',
  'dc:date:expires': '2026-01-31T12:00:00Z',
  'ad:group': 'General group',
  'ad:mpuri': 'https://images.example.org/catalogue/debian-12',
  'ad:user:fullname': 'Owen Synge',
  'ad:user:guid': 'b268b87b-fe42-477e-b4d4-087ad9fde61b',
  'ad:user:uri': 'https://images.example.org/people/owen',
}
const without = (key: string): JsonObject =>
  Object.fromEntries(Object.entries(IMAGE).filter(([one]) => one !== key))

const LIST: JsonObject = {
  'hv:uri': 'https://images.example.org/lists/example.list',
  'ad:vo': 'vo.example.org',
}

const told = (complaints: ReturnType<typeof complaintsAboutImage>) =>
  complaints.map(({ profile, key, certain }) => [profile, key, certain])

describe('an image', () => {
  test('that has everything is taken by all', () => {
    expect(complaintsAboutImage(IMAGE, NOTHING)).toEqual([])
  })

  test.each([
    'hv:format',
    'sl:osname',
    'dc:date:expires',
    'ad:group',
    'ad:mpuri',
    'ad:user:fullname',
    'ad:user:guid',
    'ad:user:uri',
  ])('without %s is refused by atrope, and null is as good as nothing', (key) => {
    const rest = without(key)
    for (const image of [rest, { ...rest, [key]: null }]) {
      const [complaint] = complaintsAboutImage(image, NOTHING)
      expect(complaint).toMatchObject({ profile: 'atrope', key: null, certain: true })
      expect(complaint?.message).toContain(key)
    }
  })

  test.each(['ad:mpuri', 'dc:date:expires', 'hv:format'])('without %s is refused by cloudkeeper', (key) => {
    const rest = without(key)
    expect(told(complaintsAboutImage(rest, NOTHING))).toContainEqual(['cloudkeeper', null, true])
  })

  test('does not lack what is computed later', () => {
    const rest = without('dc:date:expires')
    expect(complaintsAboutImage(rest, new Set(['dc:date:expires']))).toEqual([])
  })

  test.each([
    ['hv:format', 'qcow2.gz', 'cloudkeeper', true],
    ['hv:format', 'vhd', 'cloudkeeper', true],
    ['dc:title', 'Débian', 'vmcatcher', true],
    ['my:notes', 'ü', 'vmcatcher', true],
    ['dc:title', 'x'.repeat(101), 'vmcatcher', false],
    ['dc:description', 'x'.repeat(51), 'vmcatcher', false],
    ['hv:uri', `https://images.example.org/${'x'.repeat(102)}`, 'vmcatcher', false],
    ['hv:uri', 'https://images.example.org/a;reboot', 'hepix', true],
    ['hv:uri', 'https://images.example.org/$(id)', 'hepix', true],
    ['hv:uri', 'https://images.example.org/a?b', 'hepix', true],
    ['hv:uri', "https://images.example.org/a'b", 'hepix', true],
  ] as const)('%s: %s is nothing for %s', (key, value, profile, certain) => {
    expect(told(complaintsAboutImage({ ...IMAGE, [key]: value }, NOTHING))).toEqual([[profile, key, certain]])
  })

  test.each([
    ['hv:format', 'RAW'],
    ['dc:title', 'x'.repeat(100)],
    ['dc:description', 'x'.repeat(50)],
    ['hv:uri', `https://images.example.org/${'x'.repeat(101)}`],
    ['hv:uri', 'https://images.example.org/a%20b'],
  ])('%s may be %s', (key, value) => {
    expect(complaintsAboutImage({ ...IMAGE, [key]: value }, NOTHING)).toEqual([])
  })
})

describe('a list', () => {
  test('that has everything is taken by all', () => {
    expect(complaintsAboutList(LIST, NOTHING)).toEqual([])
  })

  test.each([
    [{ 'hv:uri': LIST['hv:uri'] ?? null }, [['cloudkeeper', null, true]]],
    [{ ...LIST, 'hv:uri': 'https://images.example.org/list?x=1' }, [['hepix', 'hv:uri', true]]],
    [{ ...LIST, 'hv:uri': 'https://images.example.org/list#x' }, [['hepix', 'hv:uri', true]]],
    [{ ...LIST, 'dc:title': 'x'.repeat(101) }, [['vmcatcher', 'dc:title', false]]],
  ])('%j', (list, complaints) => {
    expect(told(complaintsAboutList(list, NOTHING))).toEqual(complaints)
  })
})
