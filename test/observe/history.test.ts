import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUTHORITY_EXTENSIONS, ENDORSER_EXTENSIONS, issue } from '../../scripts/pki.ts'
import { sha256 } from '../../src/sums.ts'
import type { History, HistoryRecord } from '../../src/model.ts'
import { checkRollback, lookAtList } from '../../src/observe/list.ts'
import { walkHistory } from '../../src/observe/walk.ts'
import { isUnbroken } from '../../src/report/history.ts'
import { recordName } from '../../src/list/history/names.ts'
import { openList, writeRecord } from '../../src/list/history/record.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { desired, list } from '../support/builders.ts'
import { CENTOS, DEBIAN, ONE, removal, Shelf, signedList } from '../support/histories.ts'
import { serve } from '../support/http-server.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { temporaryFolder } from '../support/repository.ts'
import { poolOf, targetTo } from '../support/targets.ts'

let pki: Pki
let signer: Signer
beforeAll(async () => {
  pki = await makePki()
  signer = await signerOf(await pki.endorser('one'))
})
afterAll(() => pki.remove())

interface Scene {
  readonly shelf: Shelf
  /** The published messages, oldest first. */
  readonly messages: readonly Uint8Array[]
  readonly look: (tags?: readonly string[]) => Promise<{ history: History; known: History['rolledBack'] }>
}

/** Three publications, 1.0.1 to 1.0.3; the second one drops an image. */
async function open(): Promise<Scene> {
  const base = await temporaryFolder()
  const shelf = await Shelf.open(base, pki)
  const messages = [
    await signedList(signer, '1.0.1', [DEBIAN, CENTOS], { n: 1 }),
    await signedList(signer, '1.0.2', [DEBIAN], { n: 2 }),
    await signedList(signer, '1.0.3', [DEBIAN], { n: 3 }),
  ]
  for (const message of messages) await shelf.publish(message, [removal(CENTOS, 'CVE-2026-0001')])
  const { config } = desired([])
  const targets = [targetTo('file:./public/', { public: false })]
  const look: Scene['look'] = async (versions = []) => {
    const pool = poolOf(targets, base)
    const tags = versions.map((version) => ({ list: 'one', version }))
    const view = { pool, anchors: pki.anchors, tags, secrets: false, now: new Date() }
    const { observed, known, read } = await lookAtList(ONE, { ...config, targets }, view)
    if (!read) throw new Error('there is no history')
    return { known, history: await walkHistory(ONE, observed, known, read, view) }
  }
  return { shelf, messages, look }
}

const faultsOf = ({ entries }: History) =>
  Object.fromEntries(
    entries.filter(({ faults }) => faults.length > 0).map(({ version, faults }) => [version, faults]),
  )

test('a history that nobody touched is unbroken, down to its first record', async () => {
  const { look } = await open()
  const { history, known } = await look()
  expect(known).toBeNull()
  expect(history.entries.map(({ version, live }) => [version, live])).toEqual([
    ['1.0.3', true],
    ['1.0.2', false],
    ['1.0.1', false],
  ])
  expect(history.entries[1]?.record?.removed).toMatchObject([{ reason: 'CVE-2026-0001' }])
  expect(history.entries.every(({ untrusted }) => untrusted === null)).toBe(true)
  expect(faultsOf(history)).toEqual({})
  expect(history).toMatchObject({ faults: [], beginning: null })
  expect(isUnbroken(history)).toBe(true)
})

describe('what somebody did to the history shows', () => {
  const json = (change: (record: Record<string, unknown>) => void) => (text: string) => {
    const record = JSON.parse(text) as Record<string, unknown>
    change(record)
    return JSON.stringify(record)
  }
  const cases: readonly (readonly [string, string, (scene: Scene) => Promise<unknown>, string])[] = [
    [
      'a reason that was changed',
      '1.0.2',
      async ({ shelf }) =>
        shelf.tamper(await shelf.nameOf('1.0.2'), (text) => text.replace('CVE-2026-0001', 'tidied up')),
      'its record was changed',
    ],
    [
      'a record that is missing',
      '1.0.2',
      async ({ shelf }) => shelf.remove(await shelf.nameOf('1.0.2')),
      'its record is missing',
    ],
    [
      'a copy that is missing',
      '1.0.2',
      async ({ shelf }) => shelf.remove(await shelf.nameOf('1.0.2', 'p7m')),
      'its copy of the signed list is missing',
    ],
    [
      'a copy that was swapped for another signed list',
      '1.0.2',
      async ({ shelf, messages }) =>
        shelf.tamper(await shelf.nameOf('1.0.2', 'p7m'), () => messages[0] ?? ''),
      'its copy of the signed list is another file',
    ],
    [
      'a copy that was altered',
      '1.0.1',
      async ({ shelf }) =>
        shelf.tamper(await shelf.nameOf('1.0.1', 'p7m'), (text) => text.replace('centos', 'debian')),
      'its copy of the signed list is another file',
    ],
    [
      'the last record, which the hint still knows as it was',
      '1.0.3',
      async ({ shelf }) =>
        shelf.tamper(await shelf.nameOf('1.0.3'), (text) =>
          text.replace('"commit": null', '"commit": "' + 'a'.repeat(40) + '"'),
        ),
      'its record was changed',
    ],
    [
      'the last record, with a new hint: it says otherwise than the list',
      '1.0.3',
      async ({ shelf }) => {
        const key = await shelf.nameOf('1.0.3')
        await shelf.tamper(
          key,
          json((record) => (record['images'] = [])),
        )
        const sum = sha256(await shelf.read(key))
        await shelf.tamper(
          'head.json',
          json((head) => (head['sha256'] = sum)),
        )
      },
      'its record says otherwise than its signed list: images',
    ],
    [
      'the last record, with a new hint: it tells of another removal',
      '1.0.3',
      async ({ shelf }) => {
        const key = await shelf.nameOf('1.0.3')
        await shelf.tamper(
          key,
          json((record) => (record['removed'] = [{ ...removal(CENTOS, 'no reason'), action: undefined }])),
        )
        const sum = sha256(await shelf.read(key))
        await shelf.tamper(
          'head.json',
          json((head) => (head['sha256'] = sum)),
        )
      },
      'its record does not tell of just those images that left',
    ],
    [
      'a record that is none',
      '1.0.1',
      async ({ shelf }) => shelf.tamper(await shelf.nameOf('1.0.1'), () => '{}'),
      'its record cannot be read',
    ],
  ]

  test.each(cases)('%s', async (_, version, change, fault) => {
    const scene = await open()
    await change(scene)
    const { history } = await scene.look()
    expect(isUnbroken(history)).toBe(false)
    expect(Object.keys(faultsOf(history))).toEqual([version])
    expect(String(faultsOf(history)[version])).toContain(fault)
  })

  test('all of it taken away: the list has no history', async () => {
    const { shelf, look } = await open()
    for (const name of await shelf.names()) await shelf.remove(name)
    const { history } = await look()
    expect(isUnbroken(history)).toBe(false)
    expect(faultsOf(history)['1.0.3']).toContain('its record is missing')
  })
})

describe('an older list that somebody put back', () => {
  test('is noticed by the history, which is shown from its end', async () => {
    const { shelf, messages, look } = await open()
    await shelf.putBack(messages[0] ?? Buffer.of())
    const { history, known } = await look()
    expect(known).toEqual({ version: '1.0.3', by: 'history' })
    expect(history.entries.map(({ version, live }) => [version, live])).toEqual([
      ['1.0.3', false],
      ['1.0.2', false],
      ['1.0.1', true],
    ])
    expect(isUnbroken(history)).toBe(false)
  })

  test('is noticed by a tag, also where the history was taken away', async () => {
    const { shelf, messages, look } = await open()
    await shelf.putBack(messages[0] ?? Buffer.of())
    for (const name of await shelf.names()) await shelf.remove(name)
    expect((await look(['1.0.2', '0.9'])).known).toEqual({ version: '1.0.2', by: 'tag' })
    expect((await look(['1.0.1', '0.9'])).known).toBeNull()
  })

  test('is not one that only a dead run was about to follow: the hint may be older', async () => {
    const { shelf, look } = await open()
    const key = await shelf.nameOf('1.0.2')
    const hint = { key, sha256: sha256(await shelf.read(key)), version: '1.0.2' }
    await shelf.tamper('head.json', () => JSON.stringify(hint))
    const { history, known } = await look()
    expect(known).toBeNull()
    expect(isUnbroken(history)).toBe(true)
  })
})

describe('a forged hint is not believed', () => {
  /** Leads the hint to a record of this signed list, whatever it is. */
  async function forge({ shelf }: Scene, message: Uint8Array, version = '9.9.9') {
    const name = recordName(version, sha256(message))
    const last = (await shelf.json(await shelf.nameOf('1.0.3'))) as object
    const record = JSON.stringify({ ...last, version, sha256: sha256(message), size: message.length })
    await shelf.add(name, record)
    await shelf.add(name.replace('.json', '.p7m'), message)
    await shelf.add('head.json', JSON.stringify({ key: name, sha256: sha256(record), version }))
  }

  test('that leads nowhere', async () => {
    const { shelf, look } = await open()
    const key = recordName('9.9.9', 'a'.repeat(64))
    await shelf.add('head.json', JSON.stringify({ key, sha256: 'a'.repeat(64), version: '9.9.9' }))
    const { history, known } = await look()
    expect(known).toBeNull()
    expect(history.faults).toEqual(['head.json leads to version 9.9.9, which nothing proves.'])
  })

  test.each([
    ['garbage', 'not JSON'],
    [
      'what leads out of the folder',
      JSON.stringify({ key: '../one.list', sha256: 'a'.repeat(64), version: '9' }),
    ],
  ])('that is %s', async (_, text) => {
    const { shelf, look } = await open()
    await shelf.add('head.json', text)
    const { history, known } = await look()
    expect(known).toBeNull()
    expect(isUnbroken(history)).toBe(true)
  })

  test('that leads to a list whose signature is broken', async () => {
    const scene = await open()
    const text = Buffer.from(scene.messages[2] ?? [])
      .toString()
      .replace('1.0.3', '9.9.9')
    await forge(scene, Buffer.from(text))
    expect((await scene.look()).known).toBeNull()
  })

  test('that leads to a list of somebody whom nobody trusts', async () => {
    const scene = await open()
    const other = await issue(pki.folder, 'other-ca', null, {
      subject: '/DC=org/DC=example/CN=Other CA',
      kind: 'p256',
      extensions: AUTHORITY_EXTENSIONS,
    })
    const stranger = await issue(pki.folder, 'stranger', other, {
      subject: signer.dn,
      kind: 'p256',
      extensions: ENDORSER_EXTENSIONS,
    })
    await forge(scene, await signedList(await signerOf(stranger), '9.9.9', [DEBIAN], { n: 3 }))
    expect((await scene.look()).known).toBeNull()
  })

  test('that leads to another list of the same endorser', async () => {
    const scene = await open()
    const two = list('two', { uri: ONE.uri })
    await forge(scene, await signedList(signer, '9.9.9', [DEBIAN], { n: 3, of: two }))
    expect((await scene.look()).known).toBeNull()
  })

  test('that calls a list by a higher version than it has', async () => {
    const scene = await open()
    await forge(scene, scene.messages[0] ?? Buffer.of())
    expect((await scene.look()).known).toBeNull()
  })
})

describe('by the public address', () => {
  test.each([403, 404, 500])('a history that cannot be had (%i) stops no plan', async (status) => {
    const message = await signedList(signer, '1.0.1', [DEBIAN])
    const origin = await serve((request, response) => {
      if (request.url?.endsWith('.list') === true) response.end(message)
      else response.writeHead(status).end()
    })
    const { config } = desired([])
    const targets = [targetTo('sftp://owen@images.example.org/srv/', { match: `${origin}/` })]
    const view = {
      pool: poolOf(targets, '/nonexistent'),
      anchors: pki.anchors,
      tags: [],
      secrets: false,
      now: new Date(),
    }
    const one = list('one', { uri: `${origin}/one.list` })
    const { observed, known } = await lookAtList(one, { ...config, targets }, view)
    expect(observed.state).toBe('intact')
    expect(known).toBeNull()
  })
})

test('a record that leads back to itself does not keep anybody walking', async () => {
  const { shelf, look } = await open()
  const key = await shelf.nameOf('1.0.3')
  await shelf.tamper(key, (text) => {
    const record = JSON.parse(text) as HistoryRecord
    const previous = { sha256: record.sha256, version: '1.0.3', record: { key, sha256: 'a'.repeat(64) } }
    return JSON.stringify({ ...record, previous })
  })
  const { history } = await look()
  expect(history.entries).toHaveLength(1)
  expect(isUnbroken(history)).toBe(false)
})

test('a version that somebody else signed, whom a trusted CA knows too, is not taken for one of this list', async () => {
  const { shelf, look } = await open()
  const other = await signerOf(await pki.endorser('two'))
  const message = await signedList(other, '999.0.0', [CENTOS], { n: 9 })
  const { told } = openList(message)
  const key = recordName(told.version, told.sha256)
  const claim = {
    format: 1,
    list: 'one',
    published: '2026-01-01T00:00:00Z',
    commit: null,
    removed: [],
    previous: null,
  } as const
  const record = writeRecord({ ...told, ...claim })
  await shelf.add(key, record)
  await shelf.add(key.replace('.json', '.p7m'), message)
  await shelf.tamper('head.json', () => writeRecord({ key, sha256: sha256(record), version: told.version }))
  expect((await look()).known).toBeNull()
  await shelf.publish(await signedList(signer, '1.0.4', [DEBIAN], { n: 10 }), [])
  const { history } = await look()
  expect(history.entries.map(({ version }) => version)).toEqual(['1.0.4', '1.0.3', '1.0.2', '1.0.1'])
})

describe('for a subscriber', () => {
  test('a list that was put back at its address fails, and the last one passes', async () => {
    const { shelf, messages } = await open()
    const origin = await serve((request, response) => {
      const name = /\.history\/(.*)$/.exec(request.url ?? '')?.[1] ?? ''
      shelf.read(name).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    const judging = { anchors: pki.anchors, now: new Date() }
    const check = (n: number) => checkRollback(`${origin}/one.list`, messages[n] ?? Buffer.of(), [], judging)
    expect(await check(2)).toEqual([])
    expect(await check(0)).toMatchObject([{ name: 'history', result: 'failed' }])
    await shelf.remove('head.json')
    expect(await check(0)).toEqual([])
  })
})
