import { describe, expect, test } from 'vitest'
import type { FileFacts, Failure, JsonObject } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import {
  desired,
  failureOf,
  file,
  image,
  intact,
  list,
  listed,
  planned,
  published,
  publishedImage,
  world,
} from '../support/builders.ts'

const UNREAD: FileFacts = { source: null, size: 5, served: null }
const GONE: Failure = {
  state: 'failed',
  code: 'file-missing',
  message: 'There is no file.',
  remedy: 'Put it back.',
}

const debian = image('debian')
const centos = image('centos')

interface Case {
  readonly facts: FileFacts | Failure
  readonly pinned?: boolean
  readonly keys?: JsonObject
  readonly reason?: boolean
  readonly tried?: boolean
}

/** A list that loses centos, and keeps debian, whose file is as `facts` say. */
function revoke({ facts, pinned = false, keys = {}, reason = true, tried = false }: Case) {
  const kept = image('debian', {
    keys,
    file: { kind: 'path', path: '/srv/build/debian.qcow2', sha512: pinned ? 'a'.repeat(128) : null },
  })
  const one = list('one', {
    images: ['debian'],
    revoked: reason ? new Map([[centos.identifier, { reason: 'CVE-2026-0001', advisory: null }]]) : new Map(),
  })
  const there = published(one, [publishedImage(debian, 'debian'), publishedImage(centos, 'centos')])
  return diff(
    desired([one], [kept]),
    world({ one: intact(there) }, { debian: facts }, { tried: new Set(tried ? ['debian'] : []) }),
  )
}

describe('a revocation waits for no file', () => {
  test.each([
    ['is gone', GONE, 'waits for none: There is no file. What'],
    ['was not read yet', UNREAD, 'waits for none. What'],
  ])('that %s: what is published of its image stays, with a warning', (_, facts, said) => {
    const plan = planned(revoke({ facts }), 'one')
    expect(listed(plan, 'debian')).toMatchObject({
      action: 'keep',
      upload: null,
      version: { from: '0.0.1', to: '0.0.1' },
    })
    expect(plan.warnings.join()).toContain(said)
    expect(plan.images.map(({ action }) => action)).toEqual(['keep', 'remove'])
    expect(plan.action).toBe('change')
  })

  test('says nothing of an image that is as it is published', () => {
    const plan = planned(revoke({ facts: file('debian') }), 'one')
    expect(listed(plan, 'debian').action).toBe('keep')
    expect(plan.warnings).toEqual([])
  })

  test('and lets metadata change all the same', () => {
    const plan = planned(revoke({ facts: GONE, keys: { 'dc:title': 'Debian' } }), 'one')
    expect(listed(plan, 'debian')).toMatchObject({ action: 'change', upload: null })
  })

  test('but without a reason nothing changes: an image that cannot be read fails its list', () => {
    expect(failureOf(revoke({ facts: GONE, reason: false }), 'one')).toBe('file-missing')
    const plan = planned(revoke({ facts: UNREAD, reason: false }), 'one')
    expect(listed(plan, 'debian').upload).not.toBeNull()
  })

  test('but what is known to be another file is published, and so is a new format', () => {
    const built = planned(revoke({ facts: file('debian, built again') }), 'one')
    expect(listed(built, 'debian').upload).not.toBeNull()
    const pinned = planned(revoke({ facts: { ...UNREAD, source: 'a'.repeat(128) }, pinned: true }), 'one')
    expect(listed(pinned, 'debian').upload).not.toBeNull()
    const compressed = planned(revoke({ facts: UNREAD, keys: { 'hv:format': 'qcow2.gz' } }), 'one')
    expect(listed(compressed, 'debian').upload).not.toBeNull()
  })

  test('but an image that was never published has nothing that could stay', () => {
    const next = list('one', {
      images: ['debian', 'alma'],
      revoked: new Map([[centos.identifier, { reason: 'CVE-2026-0001', advisory: null }]]),
    })
    const there = published(next, [publishedImage(debian, 'debian'), publishedImage(centos, 'centos')])
    const files = { debian: file('debian'), alma: GONE }
    const plan = diff(desired([next], [debian, image('alma')]), world({ one: intact(there) }, files))
    expect(failureOf(plan, 'one')).toBe('file-missing')
  })

  test('nor for one that was to be uploaded, and could not be: what was approved is published, or nothing', () => {
    expect(failureOf(revoke({ facts: GONE, tried: true }), 'one')).toBe('file-missing')
  })
})
