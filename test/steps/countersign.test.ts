import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Identity } from '../../scripts/pki.ts'
import { openMessage } from '../../src/list/smime.ts'
import { altered } from '../support/cms.ts'
import { vmcast, type Result } from '../support/cli.ts'
import { anotherEndorser, AUTHORITY, endorserNamed } from '../support/endorsers.ts'
import { expectDone, Staged } from '../support/staged.ts'
import { subscribe } from '../support/subscriber.ts'

const nameOf = (name: string) => ({ dn: endorserNamed(name), ca: AUTHORITY })
const OWEN = nameOf('Owen Synge')

/** A release of a list that names these as its countersigners, signed by its endorser. */
async function signed(...countersigners: string[]): Promise<Staged> {
  const staged = await Staged.open({ images: 1 })
  await staged.edit('countersigners', 'imagelists/list-1.yaml', countersigners.map(nameOf))
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  return staged
}

/** Countersigns in a checkout of one’s own, or in none. */
async function countersign(
  staged: Staged,
  { certificate, key }: Identity,
  ...more: string[]
): Promise<Result> {
  const cwd = await staged.checkout()
  const env = {
    VMCAST_X509_CERT: certificate,
    VMCAST_X509_KEY: key,
    X509_CERT_DIR: join(staged.signer, 'pki/ca'),
  }
  return await vmcast({ cwd, env }, 'countersign', staged.path('release'), ...more)
}

const personIn = (staged: Staged, name: string) => anotherEndorser(join(staged.signer, 'pki'), name)
const messageOf = (staged: Staged) => readFile(staged.path('release/list-1.p7m'))
const countersigners = async (staged: Staged) =>
  openMessage(await messageOf(staged)).countersigners.map(({ certificate }) => certificate.dn)

test('a list that a second person countersigns is published, and stays so', async () => {
  const staged = await signed('Second')
  const early = await staged.publish()
  expect(early.status).toBe(1)
  expect(early.stdout).toContain(
    `is not countersigned by ${endorserNamed('Second')}, as its YAML file demands`,
  )

  const second = await personIn(staged, 'Second')
  const before = openMessage(await messageOf(staged))
  const { status, stdout, stderr } = await countersign(staged, second, '--repo', '.', '--yes')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.replace(/ +/g, ' ')).toContain(`countersigner ${endorserNamed('Second')} (of ${AUTHORITY})`)
  expect(stdout).toContain(`Signed by ${OWEN.dn} (of ${AUTHORITY}).`)
  expect(stdout).toContain('This checkout composes the same list.')
  expect(stdout).toContain('list-1: countersigned\n')
  const { content, signedAt, countersigners: found } = openMessage(await messageOf(staged))
  expect({ content, signedAt }).toEqual({ content: before.content, signedAt: before.signedAt })
  expect(found.map(({ certificate }) => certificate.dn)).toEqual([endorserNamed('Second')])
  expect((await readdir(staged.path('release'))).sort()).toEqual([
    '.gitattributes',
    'list-1.json',
    'list-1.p7m',
    'release.json',
  ])

  expectDone(await staged.publish())
  const published = staged.path('public/lists/list-1.list')
  expect((await subscribe(published, join(staged.signer, 'pki/ca'))).version).toBe('0.0.1')
  expect((await readFile(published)).equals(await messageOf(staged))).toBe(true)
  const args = ['--detailed-exitcode']
  expect(await vmcast({ cwd: staged.publisher }, 'plan', ...args)).toMatchObject({ status: 0 })
})

test('a second person’s certificate that ends is told of as the first one’s is', async () => {
  const staged = await signed('Second')
  const until = new Date(Date.now() + 40.5 * 86_400_000)
  const second = await anotherEndorser(join(staged.signer, 'pki'), 'Second', { until })
  expectDone(await countersign(staged, second, '--yes'))
  expectDone(await staged.publish())
  const { stdout } = await vmcast({ cwd: staged.publisher }, 'status', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ lists: [{ certificateDaysLeft: 40, alarms: [] }] })
})

test('somebody strips it: the list is signed anew, and demanded again', async () => {
  const staged = await signed('Second')
  expectDone(await countersign(staged, await personIn(staged, 'Second'), '--yes'))
  expectDone(await staged.publish())
  const published = staged.path('public/lists/list-1.list')
  await writeFile(
    published,
    altered(await readFile(published), (info) => delete info.unsignedAttrs),
  )
  const { status, stdout } = await vmcast({ cwd: staged.publisher }, 'plan', '--detailed-exitcode')
  expect(status).toBe(2)
  expect(stdout).toContain('↻ list-1')
  expect(stdout).toContain(`countersigner  ${endorserNamed('Second')}`)
})

test('what the repository demands of every list is demanded by publish too', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.edit('trust', 'vmcast.yaml', { ca: 'pki/ca/', endorsers: [OWEN, nameOf('Second')] })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  expect(await staged.publish()).toMatchObject({ status: 1 })
  expectDone(await countersign(staged, await personIn(staged, 'Second'), '--repo', '.', '--yes'))
  expectDone(await staged.publish())
  const { status } = await vmcast(
    { cwd: staged.publisher },
    'verify',
    staged.path('public/lists/list-1.list'),
  )
  expect(status).toBe(0)
})

test('status and history name who countersigned', async () => {
  const staged = await signed('Second')
  expectDone(await countersign(staged, await personIn(staged, 'Second'), '--yes'))
  expectDone(await staged.publish())
  const run = async (...args: string[]) => {
    const result = await vmcast({ cwd: staged.publisher }, ...args)
    expectDone(result)
    return result.stdout
  }
  expect(await run('status')).toContain(`${OWEN.dn}, then ${endorserNamed('Second')}`)
  expect(JSON.parse(await run('status', '--json'))).toMatchObject({
    lists: [{ countersigners: [nameOf('Second')] }],
  })
  expect(await run('history', 'list-1')).toContain(`\n  + countersigned by ${endorserNamed('Second')}\n`)
  expect(JSON.parse(await run('history', 'list-1', '--json'))).toMatchObject({
    entries: [{ signer: OWEN, countersigners: [nameOf('Second')] }],
  })
})

test('who has no certificate is not sent to that of the first person', async () => {
  const staged = await signed('Second')
  const home = { HOME: staged.path('nowhere') }
  const { status, stderr } = await vmcast(
    { cwd: staged.signer, env: home },
    ...['countersign', staged.path('release'), '--repo', '.'],
  )
  expect(status).toBe(1)
  expect(stderr)
    .toBe(`Error: There is no certificate to sign with: nothing names one, and none lies in ~/.globus.
  Give one as VMCAST_X509_CERT or VMCASTER_X509_CERT or X509_USER_CERT.
`)
})

test('two countersign, in any order; nobody does twice', async () => {
  const staged = await signed('Second', 'Third')
  const [second, third] = [await personIn(staged, 'Second'), await personIn(staged, 'Third')]
  expectDone(await countersign(staged, third, '--yes'))
  const again = await countersign(staged, third, '--yes')
  expect(again).toMatchObject({ status: 0, stdout: 'list-1: countersigned already\n' })
  expect(await staged.publish()).toMatchObject({ status: 1 })
  const asked = await countersign(staged, second)
  expect(asked.stdout).toContain(`Countersigned by ${endorserNamed('Third')} (of ${AUTHORITY}).`)
  expect(asked.stderr).toContain('list-1 was not countersigned: nobody said yes')
  expect(asked.status).toBe(1)
  expectDone(await countersign(staged, second, '--yes'))
  expect(await countersigners(staged)).toEqual(['Third', 'Second'].map(endorserNamed))
  expectDone(await staged.publish())
})

test('the endorser does not, by whatever certificate; one whom nobody asked is told so', async () => {
  const staged = await signed('Second')
  const own = {
    certificate: join(staged.signer, 'pki/usercert.pem'),
    key: join(staged.signer, 'pki/userkey.pem'),
  }
  const renewed = await anotherEndorser(join(staged.signer, 'pki'), 'renewed', { subject: OWEN.dn })
  const alias = await anotherEndorser(join(staged.signer, 'pki'), 'Alias', { key: own.key })
  for (const [who, reason] of [
    [own, 'they have signed it already'],
    [renewed, 'they have signed it already'],
    [alias, 'somebody has signed it with the same key'],
  ] as const) {
    const refused = await countersign(staged, who, '--yes')
    expect(refused.stderr).toContain(`cannot countersign this list: ${reason}`)
    expect(refused.status).toBe(1)
  }
  expect(await countersigners(staged)).toEqual([])
  const stranger = await countersign(staged, await personIn(staged, 'Stranger'), '--repo', '.', '--yes')
  expect(stranger.stdout).toContain(
    `This checkout does not ask for a countersignature by ${endorserNamed('Stranger')} (of ${AUTHORITY}).`,
  )
  expect(stranger.status).toBe(0)
  expect(await staged.publish()).toMatchObject({ status: 1 })
})

test('nothing is countersigned with a certificate that subscribers refuse', async () => {
  const staged = await signed('Second')
  const host = await anotherEndorser(join(staged.signer, 'pki'), 'Second', {
    extensions: ['extendedKeyUsage = serverAuth'],
  })
  const { status, stderr } = await countersign(staged, host, '--yes')
  expect(stderr).toContain(`Subscribers would refuse what ${endorserNamed('Second')} signs`)
  expect(status).toBe(1)
  expect(await countersigners(staged)).toEqual([])
})

test('nothing is countersigned that is not signed, or not what was rendered', async () => {
  const staged = await signed('Second')
  const second = await personIn(staged, 'Second')
  const message = await messageOf(staged)
  const refused = async (reason: RegExp) => {
    const { status, stderr, stdout } = await countersign(staged, second, '--repo', '.', '--yes')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(reason)
  }
  const path = staged.path('release/list-1.p7m')
  await writeFile(path, message.toString().replace('List 1', 'List 2'))
  await refused(/its content was changed after it was signed/)
  await writeFile(path, message.toString().replaceAll('\n', '\r\n'))
  expect((await countersign(staged, second, '--yes')).stderr).toContain('byte by byte as vmcast wrote it')

  // An earlier text of the list, which the endorser signed as well.
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Another title')
  await staged.prepare()
  await refused(/the list is not signed yet/)
  expectDone(await staged.sign({}, '--yes'))
  const later = await messageOf(staged)
  await writeFile(path, message)
  await refused(/is not the file that was rendered/)

  // What is rendered and signed is not what the checkout composes.
  await writeFile(path, later)
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Reviewed')
  await refused(/is not what this checkout would publish/)
})

test('reconcile publishes nothing that somebody else must countersign, and says how to', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.edit('countersigners', 'imagelists/list-1.yaml', [nameOf('Second')])
  const { status, stdout } = await vmcast({ cwd: staged.signer }, 'reconcile')
  expect(status).toBe(1)
  expect(stdout).toContain(`list-1 must be countersigned by ${endorserNamed('Second')}`)
  expect(stdout).toContain('Publish it in steps')
  expect(existsSync(staged.path('public'))).toBe(false)
})
