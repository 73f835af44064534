import { describe, expect, it } from 'vitest'
import { isFault } from '../../src/errors.ts'
import type { Observation, PlannedList } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import { refusal } from '../../src/plan/guard.ts'
import {
  broken,
  desired,
  file,
  image,
  intact,
  list,
  planned,
  published,
  publishedImage,
  world,
} from '../support/builders.ts'

const debian = image('debian-12')
const example = list('example', { images: ['debian-12'] })
const changed = list('example', { images: ['debian-12'], keys: { 'dc:title': 'New' } })
const observed = intact(published(example, [publishedImage(debian, 'a')]))

const plan = (one = changed, there: Observation = observed, dirty: string[] = []): PlannedList =>
  planned(
    diff(desired([one], [debian], { dirty }), world({ example: there }, { 'debian-12': file('a') })),
    'example',
  )

const allowed = (one: PlannedList) => one.guards.map(({ allow }) => allow)

describe('guards', () => {
  it('are none where all is well', () => {
    expect(plan().guards).toEqual([])
  })

  it.each<[string, string[], PlannedList]>([
    ['an image leaves without a reason', ['remove', 'empty'], plan(list('example'))],
    ['the list was not made by vmcast', ['adopt'], plan(changed, { ...observed, ours: false })],
    ['it is no longer trusted', ['untrusted'], plan(changed, { ...observed, untrusted: 'it was revoked' })],
    ['another signed it', ['signer'], plan(changed, { ...observed, signer: { dn: '/CN=A', ca: '/CN=B' } })],
    ['the tree is dirty', ['dirty'], plan(changed, observed, ['images/debian-12.yaml'])],
    [
      'its bytes are broken',
      [`replace=${'b0'.repeat(32)}`],
      plan(list('example', { keys: { 'hv:version': '7.0' } }), broken()),
    ],
    [
      'several at once',
      ['adopt', 'untrusted', 'dirty'],
      plan(changed, { ...observed, ours: false, untrusted: 'it was revoked' }, ['x']),
    ],
  ])('stand where %s', (_, expected, one) => {
    expect(allowed(one)).toEqual(expected)
  })

  it.each([
    ['untrusted', { untrusted: 'its CA is unknown' }],
    ['signer', { signer: { dn: '/CN=A', ca: '/CN=B' } }],
  ])('stand where a version follows from another list that is not ours: %s', (kind, there) => {
    const second = list('second', { images: ['debian-12'] })
    const claim = { 'hv:version': '9.9.9-evil' }
    const lists = {
      example: observed,
      second: intact(published(second, [publishedImage(debian, 'b', claim)]), there),
    }
    const result = diff(desired([example], [debian]), world(lists, { 'debian-12': file('a') }))
    expect(planned(result, 'example')).toMatchObject({ action: 'change', guards: [{ kind, allow: kind }] })
    expect(planned(result, 'example').guards[0]?.message).toContain('second')

    const other = intact(published(second, [publishedImage(image('other'), 'b')]), there)
    const apart = diff(
      desired([changed], [debian]),
      world({ example: observed, second: other }, { 'debian-12': file('a') }),
    )
    expect(planned(apart, 'example').guards).toEqual([])
  })

  it('do not mind what is not published anew', () => {
    expect(plan(example, { ...observed, ours: false }, ['x'])).toMatchObject({ action: 'keep', guards: [] })
  })

  it('do not count a list that stays empty as emptied', () => {
    const empty = list('example', { keys: { 'dc:title': 'New' } })
    expect(plan(empty, intact(published(list('example')))).guards).toEqual([])
  })

  it('replace broken bytes with the floor of the YAML file', () => {
    const one = plan(list('example', { keys: { 'hv:version': '7.0' } }), broken())
    expect(one).toMatchObject({ action: 'change', version: { from: null, to: '7.0' }, tag: 'broken-tag' })
  })
})

describe('refusal', () => {
  const one = plan(list('example'), { ...observed, ours: false })

  it('is none where every guard is allowed', () => {
    expect(refusal(one, ['remove', 'empty', 'adopt'])).toBeNull()
    expect(refusal(plan(), [])).toBeNull()
  })

  it('names every guard that is not, with exit status 3', () => {
    const error = refusal(one, ['remove'])
    expect(error && isFault(error, 'guard-refused')).toBe(true)
    expect(error).toMatchObject({
      exitCode: 3,
      message:
        'The list at https://images.example.org/lists/example.list was not made by vmcast.\nexample loses its last image.',
      remedy: 'If that is meant, run again with --allow adopt,empty.',
    })
  })

  it('lets only the bytes be replaced whose sum was named', () => {
    const floor = list('example', { keys: { 'hv:version': '7.0' } })
    const other = plan(floor, broken())
    expect(refusal(other, ['replace', `replace=${'00'.repeat(32)}`])).not.toBeNull()
    expect(refusal(other, [`replace=${'b0'.repeat(32)}`])).toBeNull()
  })
})
