import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { issue, type Identity } from '../../scripts/pki.ts'
import { isFault, type ErrorCode } from '../../src/errors.ts'
import type { TargetSettings } from '../../src/model.ts'
import { openAppdb } from '../../src/targets/appdb.ts'
import type { Keyring } from '../../src/targets/target.ts'
import { sourceOf } from '../support/bytes-source.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { replying, startAppdb, type AppdbStub } from '../support/servers/appdb.ts'
import { keyringOf, targetTo } from '../support/targets.ts'
import { fails } from '../support/faults.ts'

const KEY = 'store/vo/image.list'
const LIST = Buffer.from('a signed list\r\n]]> & <action>delete</action> +/=')
const PASSWORD = 'correct+horse/battery'

let pki: Pki
let host: Identity
let endorser: Identity
beforeAll(async () => {
  pki = await makePki()
  host = await issue(pki.folder, 'host', pki.ca, {
    subject: '/DC=org/DC=example/CN=localhost',
    extensions: ['extendedKeyUsage = serverAuth', 'subjectAltName = DNS:localhost'],
  })
  endorser = await pki.endorser('appdb')
})
afterAll(() => pki.remove())

async function started(certified = true): Promise<AppdbStub> {
  const stub = await startAppdb(host, pki.ca, certified)
  onTestFinished(() => stub.stop())
  return stub
}

function open(
  stub: Pick<AppdbStub, 'port' | 'store'>,
  settings: TargetSettings = {},
  more: Partial<Keyring> & { to?: string; patience?: number } = {},
) {
  const to = more.to ?? `egiappdb://osynge@localhost:${stub.port}/vmlist/submit/`
  const config = targetTo(to, { match: stub.store, settings: { ca: pki.ca.certificate, ...settings } })
  const keyring = keyringOf(pki.folder, { endorser: () => signerOf(endorser), ...more })
  return openAppdb(config, keyring, more.patience)
}

describe('what is sent', () => {
  test('by certificate: the form of the AppDB, with the list in base64 and both actions', async () => {
    const stub = await started()
    const tag = await (await open(stub)).swap(KEY, LIST, null)
    expect(tag).toMatch(/^[0-9a-f]{64}$/)
    expect(stub.submissions).toEqual([
      {
        path: '/vmlist/submit/x509/',
        type: 'application/x-www-form-urlencoded',
        authorization: undefined,
        client: 'Owen Synge appdb',
        xml:
          '<?xml version="1.0" encoding="utf-8"?><appdbvmc><action>insert</action><action>enable</action>' +
          '<entity>imagelist</entity><response>json</response><user>x509</user>' +
          `<imagelist>${LIST.toString('base64')}</imagelist></appdbvmc>`,
      },
    ])
  })

  test('by password: to the other address, with the account and no certificate', async () => {
    const stub = await started(false)
    const env = { VMCAST_PASSWORD_APPDB: PASSWORD, VMCAST_PASSWORD_APPDB_HOST: `localhost:${stub.port}` }
    await (await open(stub, { auth: 'sso', name: 'appdb', enable: false }, { env })).swap(KEY, LIST, null)
    const [sent] = stub.submissions
    expect(sent).toMatchObject({
      path: '/vmlist/submit/sso/',
      authorization: `Basic ${Buffer.from(`osynge:${PASSWORD}`).toString('base64')}`,
      client: null,
    })
    expect(sent?.xml).toContain('<user>osynge</user>')
    expect(sent?.xml).not.toContain('enable')
  })

  test('with a certificate of the target’s own', async () => {
    const stub = await started()
    const robot = await pki.endorser('robot')
    await (await open(stub, { certificate: robot.certificate, key: robot.key })).swap(KEY, LIST, null)
    expect(stub.submissions[0]?.client).toBe('Owen Synge robot')
  })
})

describe('what is there', () => {
  test('is what subscribers see; absent is a value', async () => {
    const stub = await started()
    const target = await open(stub)
    expect(target.settles).toBe('later')
    expect(target.holds).toBe('lists')
    expect(await target.read(KEY, 100)).toBeNull()
    expect(await target.stat(KEY)).toBeNull()
    stub.lists.set(KEY, LIST)
    expect(await target.stat(KEY)).toEqual({ size: LIST.length })
    const there = await target.read(KEY, 100)
    expect(Buffer.from(there?.bytes ?? '').equals(LIST)).toBe(true)
    await expect(target.read(KEY, 10)).rejects.toSatisfy(fails('web-too-large'))
  })

  test('another list than was seen is a conflict, and nothing is sent', async () => {
    const stub = await started()
    const target = await open(stub)
    stub.lists.set(KEY, Buffer.from('theirs'))
    for (const expected of [null, 'f'.repeat(64)]) {
      await expect(target.swap(KEY, LIST, expected)).rejects.toSatisfy(fails('target-conflict'))
    }
    const seen = (await target.read(KEY, 100))?.tag ?? null
    await target.swap(KEY, LIST, seen)
    expect(stub.submissions).toHaveLength(1)
  })

  test('images are refused, with what to do', async () => {
    const target = await open(await started())
    await expect(target.write('~x', sourceOf([]), () => 'x')).rejects.toSatisfy(fails('appdb-lists-only'))
    await expect(target.remove('x')).rejects.toSatisfy(fails('appdb-lists-only'))
  })
})

describe('its answer', () => {
  const egiappdb = { status: 'success', details: 'taken', submission_id: 1, errors: [] }

  test.each<[string, unknown, number, ErrorCode]>([
    ['a refusal', { egiappdb: { ...egiappdb, status: 'error' } }, 200, 'appdb-refused'],
    ['a success with a status that is none', { egiappdb }, 400, 'appdb-refused'],
    ['no submission', { egiappdb: { ...egiappdb, submission_id: '1' } }, 200, 'appdb-unexpected'],
    ['no details', { egiappdb: { status: 'success', submission_id: 1 } }, 200, 'appdb-unexpected'],
    ['something else', { status: 'success' }, 200, 'appdb-unexpected'],
    ['null', null, 200, 'appdb-unexpected'],
    ['a login page', '<html>', 200, 'appdb-unexpected'],
    ['too much', 'x'.repeat(3_000_000), 200, 'appdb-unexpected'],
    ['nobody known', '', 401, 'appdb-denied'],
    ['nobody liked', 'no', 403, 'appdb-denied'],
    ['a wrong address', 'no', 404, 'appdb-unexpected'],
    ['too busy', '', 503, 'target-interrupted'],
    ['broken down', '', 500, 'appdb-unanswered'],
  ])('%s is no success', async (_, reply, status, code) => {
    const stub = await started()
    stub.answer = replying(reply, status)
    await expect((await open(stub)).swap(KEY, LIST, null)).rejects.toSatisfy(fails(code))
    expect(stub.submissions).toHaveLength(1)
  })

  test.each<[string, unknown]>([
    ['a list', [{ code: 1 }, 'plain words', { message: 'The image is\u001b[2J unknown.' }]],
    ['what PHP makes of a list with gaps', { 1: 'plain words', 2: { message: 'The image is unknown' } }],
  ])('shows the errors, as %s', async (_, errors) => {
    const stub = await started()
    stub.answer = replying({ egiappdb: { status: 'failure', details: 'Invalid list.', errors } })
    await expect((await open(stub)).swap(KEY, LIST, null)).rejects.toThrow(
      /“failure” at https:\/\/localhost:\d+\/vmlist\/submit\/x509\/: Invalid list; plain words; The image is (\[2J )?unknown\.$/,
    )
  })

  test('a redirect is not followed: nothing goes elsewhere', async () => {
    const [stub, other] = [await started(), await started()]
    stub.answer = (_, response) => {
      response.writeHead(307, { location: `https://localhost:${other.port}/x509/?token=x` }).end()
    }
    const error: unknown = await (await open(stub)).swap(KEY, LIST, null).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails('appdb-redirected'))
    expect(String(error)).not.toContain('token')
    expect(other.submissions).toEqual([])
  })

  test.each<[string, (stub: AppdbStub) => void]>([
    ['cut off', (stub) => (stub.answer = (request) => void request.socket.destroy())],
    ['never given', (stub) => (stub.answer = () => undefined)],
  ])('that was %s: the list may have arrived, so it is not sent again by itself', async (_, prepare) => {
    const stub = await started()
    prepare(stub)
    const target = await open(stub, {}, { patience: 300 })
    await expect(target.swap(KEY, LIST, null)).rejects.toSatisfy(fails('appdb-unanswered'))
  })

  test('nobody there: nothing was sent, and trying again may help', async () => {
    const stub = await startAppdb(host, pki.ca, true)
    const target = await open(stub, {}, { to: 'egiappdb://localhost:1/' })
    await expect(target.swap(KEY, LIST, null)).rejects.toSatisfy(fails('target-unreachable'))
    await stub.stop()
  })
})

describe('who is who', () => {
  test('a server that its CA does not vouch for gets nothing', async () => {
    const stub = await started()
    const other = await makePki()
    onTestFinished(() => rm(other.folder, { recursive: true }))
    const target = await open(stub, { ca: join(other.trust) })
    await expect(target.swap(KEY, LIST, null)).rejects.toSatisfy(fails('https-untrusted'))
    expect(stub.submissions).toEqual([])
  })

  test('a certificate of another CA is refused by the server', async () => {
    const stub = await started()
    const other = await makePki()
    onTestFinished(() => rm(other.folder, { recursive: true }))
    const stranger = await other.endorser('stranger')
    const target = await open(stub, {}, { endorser: () => signerOf(stranger) })
    const error: unknown = await target.swap(KEY, LIST, null).catch((thrown: unknown) => thrown)
    expect(
      ['https-client-refused', 'appdb-unanswered'].some((code) => isFault(error, code as ErrorCode)),
    ).toBe(true)
    expect(stub.submissions).toEqual([])
  })

  test('a password goes to the host that it is bound to, and into no message', async () => {
    const stub = await started(false)
    const bound = (to: string) => ({ VMCAST_PASSWORD_APPDB: PASSWORD, VMCAST_PASSWORD_APPDB_HOST: to })
    const settings: TargetSettings = { auth: 'sso', name: 'appdb' }
    expect(() => open(stub, settings, { env: bound('appdb.example.org') })).toThrow(
      /VMCAST_PASSWORD_APPDB_HOST/,
    )
    expect(() => open(stub, settings)).toThrow(/No password is given/)
    const basic = Buffer.from(`osynge:${PASSWORD}`).toString('base64')
    stub.answer = replying({ egiappdb: { status: 'error', details: `${basic} ${PASSWORD}`, errors: [] } })
    const target = await open(stub, settings, { env: bound(`localhost:${stub.port}`) })
    const error: unknown = await target.swap(KEY, LIST, null).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails('appdb-refused'))
    expect(String(error)).not.toContain(PASSWORD)
    expect(String(error)).not.toContain(basic)
  })

  const withPassword = async (password: string, details: string, status = 'error') => {
    const stub = await started(false)
    const env = { VMCAST_PASSWORD_APPDB: password, VMCAST_PASSWORD_APPDB_HOST: `localhost:${stub.port}` }
    stub.answer = replying({
      egiappdb: { status, details, submission_id: 1, errors: [{ message: details }] },
    })
    return (await open(stub, { auth: 'sso', name: 'appdb' }, { env })).swap(KEY, LIST, null)
  }

  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const SPELLED: [string, (password: string) => string][] = [
    ['as it is', (password) => password],
    ['as an address', encodeURIComponent],
    ['as an address, in small letters', (password) => encodeURIComponent(password).toLowerCase()],
    ['as a form', (password) => new URLSearchParams({ password }).toString()],
    ['as JSON', (password) => JSON.stringify(password)],
    [
      'as the JSON of PHP',
      (password) => JSON.stringify(password).replaceAll('ä', '\\u00e4').replaceAll('/', '\\/'),
    ],
    ['as XML', (password) => password.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['in base64', base64],
    ['in base64, behind the user', (password) => base64(`osynge:${password}`)],
    ['in base64, in an address', (password) => encodeURIComponent(base64(`osynge:${password}`))],
  ]

  test.each(SPELLED)('a password that is sent back is not shown: %s', async (_, spell) => {
    for (const password of ['say "friend" & enter', 'pä\\sswort', 'a/b+c%d']) {
      const sent = withPassword(password, `You said [${spell(password)}] twice`)
      const error: unknown = await sent.catch((thrown: unknown) => thrown)
      expect(error).toSatisfy(fails('appdb-refused'))
      expect(String(error)).toMatch(/: You said \[(password=|")?…(=*|%3D|%3D%3D)"?\] twice; /)
    }
  })

  test('a success is one, whatever the password', async () => {
    expect(await withPassword('success', 'taken', 'success')).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each<[string, TargetSettings, ErrorCode]>([
    ['egiappdb://localhost/vmlist/submit/sso/', {}, 'target-address'],
    ['egiappdb://localhost/vmlist?x/', {}, 'target-address'],
    ['egiappdb://localhost/vmlist/', { insert: false, enable: false }, 'appdb-no-action'],
    ['egiappdb://localhost/vmlist/', { auth: 'sso', name: 'appdb' }, 'appdb-no-user'],
  ])('%s with %j is refused', async (to, settings, code) => {
    const stub = { port: 1, store: 'http://127.0.0.1:1/' }
    const opening = (async () => await open(stub, settings, { to }))()
    await expect(opening).rejects.toSatisfy(fails(code))
  })
})
