import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepHistory, moveHead } from '../../src/apply/history.ts'
import { isFault } from '../../src/errors.ts'
import { recordName } from '../../src/list/history/names.ts'
import type { HistoryRecord } from '../../src/model.ts'
import { validator } from '../../src/schemas.ts'
import { sha256 } from '../../src/sums.ts'
import type { Target } from '../../src/targets/target.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { isSafeKey } from '../../src/address.ts'
import { CENTOS, DEBIAN, KEY, moment, removal, Shelf, signedList } from '../support/histories.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { temporaryFolder } from '../support/repository.ts'
import { subscribe } from '../support/subscriber.ts'

let pki: Pki
let signer: Signer
beforeAll(async () => {
  pki = await makePki()
  signer = await signerOf(await pki.endorser('one'))
})
afterAll(() => pki.remove())

const open = async () => await Shelf.open(await temporaryFolder(), pki)

const recordOf = async (shelf: Shelf, version: string) =>
  (await shelf.json(await shelf.nameOf(version))) as HistoryRecord

describe('a first publication', () => {
  test('leaves a record by the schema, a copy that openssl verifies, and a hint at both', async () => {
    const shelf = await open()
    const message = await signedList(signer, '1.0.1', [DEBIAN, CENTOS])
    expect(await shelf.publish(message)).toEqual([])
    const name = `1.0.1_${sha256(message).slice(0, 16)}`
    expect(await shelf.names()).toEqual([`${name}.json`, `${name}.p7m`, 'head.json'])

    const record = await recordOf(shelf, '1.0.1')
    expect(validator('record')(record)).toBe(true)
    expect(record).toMatchObject({
      list: 'one',
      version: '1.0.1',
      sha256: sha256(message),
      size: message.length,
      signer: { dn: signer.dn, serial: signer.certificate.x509.serialNumber },
      removed: [],
      previous: null,
    })
    expect(record.images.map(({ identifier }) => identifier)).toEqual([DEBIAN.identifier, CENTOS.identifier])
    expect((await subscribe(await shelf.read(`${name}.p7m`), pki.trust)).version).toBe('1.0.1')
    expect(await shelf.json('head.json')).toEqual({
      key: `${name}.json`,
      sha256: sha256(await shelf.read(`${name}.json`)),
      version: '1.0.1',
    })
  })
})

describe('a next publication', () => {
  test('names its predecessor, and what left with its reason', async () => {
    const shelf = await open()
    const first = await signedList(signer, '1.0.1', [DEBIAN, CENTOS])
    await shelf.publish(first)
    await shelf.publish(await signedList(signer, '1.0.2', [DEBIAN]), [removal(CENTOS, 'CVE-2026-0001')])
    const key = await shelf.nameOf('1.0.1')
    expect(await recordOf(shelf, '1.0.2')).toMatchObject({
      previous: {
        sha256: sha256(first),
        version: '1.0.1',
        record: { key, sha256: sha256(await shelf.read(key)) },
      },
      removed: [{ identifier: CENTOS.identifier, version: '0.0.1', reason: 'CVE-2026-0001', advisory: null }],
    })
  })

  test('of a list that was published without a history says so, and names it all the same', async () => {
    const shelf = await open()
    const first = await signedList(signer, '0.9', [DEBIAN])
    await shelf.target.swap(KEY, first, null)
    await shelf.publish(await signedList(signer, '1.0.1', [DEBIAN]))
    const { previous } = await recordOf(shelf, '1.0.1')
    expect(previous).toEqual({ sha256: sha256(first), version: '0.9', record: null })
  })

  test('over broken bytes names their sum', async () => {
    const shelf = await open()
    await shelf.target.swap(KEY, Buffer.from('no list'), null)
    await shelf.publish(await signedList(signer, '1.0.1', [DEBIAN]))
    const { previous } = await recordOf(shelf, '1.0.1')
    expect(previous).toEqual({ sha256: sha256('no list'), version: null, record: null })
  })

  test('over an older list that somebody put back follows the last that the history proves', async () => {
    const shelf = await open()
    const first = await signedList(signer, '1.0.1', [DEBIAN])
    const second = await signedList(signer, '1.0.2', [DEBIAN, CENTOS])
    await shelf.publish(first)
    await shelf.publish(second)
    await shelf.putBack(first)
    await shelf.publish(await signedList(signer, '1.0.3', [DEBIAN]))
    const { previous, removed } = await recordOf(shelf, '1.0.3')
    expect(previous).toMatchObject({ sha256: sha256(second), version: '1.0.2' })
    expect(removed).toMatchObject([{ identifier: CENTOS.identifier, reason: null }])
  })
})

describe('what lies there already', () => {
  test('is taken for ours if it tells of the same list, whenever, and at which commit, it was written', async () => {
    const shelf = await open()
    const message = await signedList(signer, '1.0.1', [])
    const place = { target: shelf.target, key: KEY }
    const keep = (n: number, commit: string) =>
      keepHistory({ name: 'one', commit, removed: [], message }, place, {
        anchors: pki.anchors,
        now: moment(n),
      })
    const [one, other] = ['a'.repeat(40), 'b'.repeat(40)]
    const first = await keep(1, one)
    expect(await keep(2, one)).toEqual(first)
    // The branch moved on after a run that died, and the list that was signed is the same.
    expect(await keep(3, other)).toEqual(first)
    const { published, commit } = await recordOf(shelf, '1.0.1')
    expect({ published, commit }).toEqual({
      published: `${moment(1).toISOString().slice(0, 19)}Z`,
      commit: one,
    })
  })

  test.each(['json', 'p7m'] as const)(
    'is never written over: another %s stops the publication',
    async (end) => {
      const shelf = await open()
      const message = await signedList(signer, '1.0.1', [])
      await shelf.publish(message)
      await shelf.tamper(await shelf.nameOf('1.0.1', end), (text) => text.replace('1.0.1', '1.0.7'))
      await expect(shelf.publish(message)).rejects.toSatisfy((error) => isFault(error, 'target-occupied'))
    },
  )
})

/** The target, at which the n-th write (from 0) and all after it fail; before they are done, or after. */
function dyingAt(target: Target, n: number, when: 'before' | 'after'): Target {
  let writes = 0
  async function mortal<T>(work: () => Promise<T>): Promise<T> {
    const isDead = writes++ >= n
    if (isDead && when === 'before') throw new Error('died')
    const result = await work()
    if (isDead) throw new Error('died')
    return result
  }
  const dying = {
    write: (...given: Parameters<Target['write']>) => mortal(() => target.write(...given)),
    swap: (...given: Parameters<Target['swap']>) => mortal(() => target.swap(...given)),
  }
  return new Proxy(target, {
    get: (real, name) => {
      const value: unknown = Reflect.get(name in dying ? dying : real, name)
      return typeof value === 'function' ? (value.bind(real) as unknown) : value
    },
  })
}

describe('a run that dies', () => {
  const WRITES = ['copy', 'record', 'list', 'head'] as const
  const moments = WRITES.flatMap((write, n) => [['before', write, n] as const, ['after', write, n] as const])

  test.each(moments)('%s the %s blocks no version, and the history stays whole', async (when, _, n) => {
    const shelf = await open()
    await shelf.publish(await signedList(signer, '1.0.1', [DEBIAN]))
    const lost = await signedList(signer, '1.0.2', [DEBIAN])
    await expect(shelf.publish(lost, [], dyingAt(shelf.target, n, when))).rejects.toThrow('died')

    const live = await shelf.target.read(KEY, 1_000_000)
    const isOut = n === 3 || (n === 2 && when === 'after')
    expect(live && sha256(live.bytes) === sha256(lost)).toBe(isOut)
    // What was not published is published anew, at a later moment: with other bytes.
    const next = isOut ? '1.0.3' : '1.0.2'
    const again = await signedList(signer, next, [DEBIAN, CENTOS], { n: 2 })
    expect(await shelf.publish(again)).toEqual([])
    const record = await shelf.json(recordName(next, sha256(again)))
    expect(record).toMatchObject({ previous: { version: isOut ? '1.0.2' : '1.0.1' } })
    expect((record as HistoryRecord).previous?.record).not.toBeNull()
    expect(await shelf.json('head.json')).toMatchObject({ version: next })
  })
})

describe('the hint', () => {
  test('is left to somebody who published next', async () => {
    const shelf = await open()
    await shelf.publish(await signedList(signer, '1.0.1', []))
    const kept = { key: `${KEY}.history/head.json`, bytes: Buffer.from('{}'), expect: 'a'.repeat(64) }
    expect(await moveHead(kept, shelf.target)).toEqual([])
    expect(await shelf.json('head.json')).toMatchObject({ version: '1.0.1' })
  })

  test('that cannot be moved is a warning', async () => {
    const shelf = await open()
    const kept = { key: '../head.json', bytes: Buffer.from('{}'), expect: null }
    const [warning] = await moveHead(kept, shelf.target)
    expect(warning).toContain('could not be brought up to date')
  })
})

test('a target that takes nothing but lists has no history', async () => {
  const shelf = await open()
  const lists = new Proxy(shelf.target, {
    get: (real, name): unknown => (name === 'holds' ? 'lists' : Reflect.get(real, name)),
  })
  const publication = {
    name: 'one',
    commit: null,
    removed: [],
    message: await signedList(signer, '1.0.1', []),
  }
  const judging = { anchors: pki.anchors, now: moment(0) }
  expect(await keepHistory(publication, { target: lists, key: KEY }, judging)).toBeNull()
  expect(await shelf.target.stat(KEY)).toBeNull()
})

test.each(['1.0', '../../etc', '1/2', '', '.hidden', 'ü%2e', 'v'.repeat(300), '~1+1'])(
  'the version %s makes a name that is safe',
  (version) => {
    const name = recordName(version, 'a'.repeat(64))
    expect(isSafeKey(name)).toBe(true)
    expect(name.length).toBeLessThan(200)
  },
)
