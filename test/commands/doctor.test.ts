import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Check } from '../../src/list/check.ts'
import { vmcast } from '../support/cli.ts'
import { renewEndorser } from '../support/endorsers.ts'
import { editYaml, sampleRepository } from '../support/repository.ts'

const DAY = 86_400_000

interface Diagnosis {
  readonly checks: readonly Check[]
  readonly ends: readonly { what: string; at: string }[]
}

async function doctor(cwd: string): Promise<Diagnosis & { status: number }> {
  const { status, stdout } = await vmcast({ cwd }, 'doctor', '--json')
  return { status, ...(JSON.parse(stdout) as Diagnosis) } // what the command prints
}

const failures = ({ checks }: Diagnosis) =>
  checks
    .filter(({ result }) => result === 'failed')
    .map(({ name, message, remedy }) => ({ name, message, remedy }))

test('a repository that can publish: all is well, and every end is named, the soonest first', async () => {
  const root = await sampleRepository()
  await vmcast({ cwd: root }, 'reconcile')
  const { status, checks, ends } = await doctor(root)
  expect(checks.map(({ result }) => result)).toEqual(['warning', ...Array<string>(5).fill('passed')])
  expect(checks[0]?.remedy).toContain('vmcast validate')
  expect(checks.map(({ name }) => name)).toEqual([
    'repository',
    'trust',
    'certificate',
    'key',
    'target',
    'list',
  ])
  expect(status).toBe(0)
  const whats = ends.map(({ what }) => what)
  expect(whats).toContain('list list-1')
  expect(whats).toContain('certificate /DC=org/DC=example/OU=Endorsers/CN=Owen Synge')
  expect(whats).toContain('certificate /DC=org/DC=example/CN=Throwaway CA')
  expect(ends.map(({ at }) => at)).toEqual(ends.map(({ at }) => at).toSorted())
  const { stdout } = await vmcast({ cwd: root }, 'doctor')
  expect(stdout).toContain('ok       Subscribers will accept what /DC=org')
  expect(stdout).toContain('What ends when:')
})

test('without its key a machine hears so, and the rest is looked at', async () => {
  const root = await sampleRepository()
  await rm(join(root, 'pki/userkey.pem'))
  const found = await doctor(root)
  expect(found.status).toBe(1)
  expect(failures(found)).toMatchObject([{ name: 'key' }])
  expect(found.checks.find(({ name }) => name === 'list')?.message).toBe('list-1 is not published yet.')
})

test('a machine that is to have no key, and names none, is warned of it and no more', async () => {
  const root = await sampleRepository()
  await editYaml(root, 'signing', 'vmcast.yaml', { certificate: 'pki/usercert.pem' })
  const { status, checks } = await doctor(root)
  expect(status).toBe(0)
  expect(checks.find(({ name }) => name === 'key')).toMatchObject({
    result: 'warning',
    message: 'This machine has no signing key: it can do all but sign.',
    remedy: 'If it should sign: Give the key as signing.key or VMCAST_X509_KEY.',
  })
})

test('a repository without a list has nothing to publish', async () => {
  const { status, checks } = await doctor(await sampleRepository({ lists: 0 }))
  expect(status).toBe(0)
  expect(checks.at(-1)).toMatchObject({ name: 'list', result: 'warning' })
  expect(checks.at(-1)?.message).toBe('There is no image list, and so nothing to publish.')
})

test('an older list that somebody put back, once', async () => {
  const root = await sampleRepository()
  const list = join(root, 'public/lists/list-1.list')
  await vmcast({ cwd: root }, 'reconcile')
  const old = await readFile(list)
  await editYaml(root, 'dc:title', 'imagelists/list-1.yaml', 'A second edition')
  await vmcast({ cwd: root }, 'reconcile')
  await writeFile(list, old)
  const found = await doctor(root)
  expect(found.status).toBe(1)
  expect(failures(found)).toMatchObject([{ name: 'list' }])
  expect(JSON.stringify(found.checks).split('rolled-back')).toHaveLength(2)
})

test('a key that others may read is named with the chmod to run', async () => {
  const root = await sampleRepository()
  await chmod(join(root, 'pki/userkey.pem'), 0o644)
  expect(failures(await doctor(root))[0]?.remedy).toContain('chmod 600')
})

test('a certificate that has ended, each reason with its remedy', async () => {
  const root = await sampleRepository()
  const [from, until] = [new Date(Date.now() - 9 * DAY), new Date(Date.now() - DAY)]
  await renewEndorser(join(root, 'pki'), { from, until })
  const [failure] = failures(await doctor(root))
  expect(failure).toMatchObject({ name: 'certificate' })
  expect(failure?.message).toMatch(/^The certificate \/DC=org.* ended on /)
  expect(failure?.remedy).toContain('Renew the certificate')
})

test('a target that cannot be reached, and a list that cannot be read there', async () => {
  const root = await sampleRepository({
    target: ['to: sftp://publisher@127.0.0.1:1/srv/', `hostKey: SHA256:${'A'.repeat(43)}`],
  })
  await writeFile(join(root, 'id'), await readFile(join(root, 'pki/userkey.pem')), { mode: 0o600 })
  await editYaml(root, 'trust', 'vmcast.yaml', { ca: 'pki/ca/' })
  const names = failures(await doctor(root)).map(({ name }) => name)
  expect(names).toEqual(['target', 'list'])
})

test('faults of the YAML files come first, with their places', async () => {
  const root = await sampleRepository()
  await editYaml(root, 'hv:uri', 'imagelists/list-1.yaml', 'nonsense')
  const { checks, status } = await doctor(root)
  expect(status).toBe(1)
  expect(checks[0]?.message).toMatch(/^imagelists\/list-1\.yaml:\d+:\d+: /)
})
