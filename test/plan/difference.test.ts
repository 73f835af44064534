import { describe, expect, it } from 'vitest'
import type { PublishedList } from '../../src/model.ts'
import { difference } from '../../src/plan/difference.ts'
import { listText } from '../../src/report/text.ts'
import { image, list, published, publishedImage } from '../support/builders.ts'

const owen = { dn: '/DC=org/DC=example/CN=Owen Synge', ca: '/DC=org/DC=example/CN=CA' }
const [debian, ubuntu, centos] = ['debian-12', 'ubuntu-24.04', 'centos-7'].map((name) => image(name))
if (!debian || !ubuntu || !centos) throw new Error('three images were made')

const edition = (images: PublishedList['images'], keys = {}) => ({
  list: { keys: { ...published(list('example'), []).keys, ...keys }, images },
  signer: owen,
})

describe('the difference of two editions of a list', () => {
  const first = edition([publishedImage(debian, 'a'), publishedImage(centos, 'c')])

  it('of none and one adds everything', () => {
    const { action, version, images } = difference('example', null, first)
    expect({ action, from: version.from }).toEqual({ action: 'add', from: null })
    expect(images.map((one) => one.action)).toEqual(['add', 'add'])
  })

  it('names what came, changed, stayed and left, and nothing that is told elsewhere', () => {
    const second = edition([publishedImage(debian, 'b'), publishedImage(ubuntu, 'u')], {
      'hv:version': '0.0.2',
      'dc:title': 'New',
      'dc:date:created': '2026-12-01T00:00:00Z',
    })
    const plan = difference('example', first, second)
    expect(plan.keys.map(({ key }) => key)).toEqual(['dc:title'])
    expect(plan.images.map(({ action, title }) => `${action} ${title}`)).toEqual([
      'change debian-12',
      'add ubuntu-24.04',
      'remove centos-7',
    ])
    const text = listText(plan, { colour: false })
    expect(text).toContain('~ example: New')
    expect(text).toContain('- centos-7')
    expect(text).not.toContain('revoked')
  })

  it('of one and itself is nothing', () => {
    const { keys, images } = difference('example', first, first)
    expect(keys).toEqual([])
    expect(images.map((one) => one.action)).toEqual(['keep', 'keep'])
  })

  it('shows another endorser’s address, and another end of one image', () => {
    const [debianKeys, centosKeys] = first.list.images
    const other = edition([{ ...debianKeys, 'dc:date:expires': '2027-01-01T00:00:00Z' }, { ...centosKeys }], {
      'hv:endorser': { 'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:email': 'other@example.org' } },
    })
    const plan = difference('example', first, other)
    expect(plan.keys.map(({ key }) => key)).toEqual(['hv:endorser'])
    expect(plan.images.map(({ action }) => action)).toEqual(['change', 'keep'])
  })
})
