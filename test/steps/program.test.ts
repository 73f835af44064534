import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { expectDone, Staged } from '../support/staged.ts'
import { subscribe } from '../support/subscriber.ts'
import { tokenEndorser } from '../support/token.ts'

/** The program that signs sees the environment of the process, which in a test is ours. */
function withEnvironment(variables: Readonly<Record<string, string>>): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  })
}

const published = (staged: Staged) =>
  subscribe(staged.path('public/lists/list-1.list'), join(staged.signer, 'pki/ca'))

test.each(['rsa:2048', 'EC:prime256v1'] as const)(
  'signs with a %s key that stays in its token',
  async (kind) => {
    const staged = await Staged.open()
    const { certificate, program, env } = await tokenEndorser(staged.signer, kind)
    await cp(certificate, join(staged.publisher, 'pki/tokencert.pem'))
    await staged.edit('signing', 'vmcast.yaml', { certificate: 'pki/tokencert.pem' })
    withEnvironment(env)
    await staged.prepare()
    expectDone(await staged.sign({}, '--yes', '--', ...program))
    expectDone(await staged.publish())
    expect((await published(staged)).version).toBe('0.0.1')
  },
)

test('signs with openssl pkeyutl, with the committed certificate', async () => {
  const staged = await Staged.open()
  await staged.prepare()
  const key = join(staged.signer, 'pki/userkey.pem')
  expectDone(await staged.sign({}, '--yes', '--', 'openssl', 'pkeyutl', '-sign', '-inkey', key))
  expectDone(await staged.publish())
  expect((await published(staged)).version).toBe('0.0.1')
})

test.each([
  ['a program that is not there', ['vmcast-no-such-program'], 'there is no such program'],
  ['one that fails', ['false'], 'it ended with 1'],
  ['one that says nothing', ['true'], 'is no signature by the key of the certificate'],
  ['one that gives the digest back', ['cat'], 'is no signature by the key of the certificate'],
  ['one that never stops talking', ['yes'], 'gave no signature'],
])('%s is named, and nothing is signed', async (_, program, words) => {
  const staged = await Staged.open()
  await staged.prepare()
  const { status, stderr } = await staged.sign({}, '--yes', '--', ...program)
  expect(status).toBe(1)
  expect(stderr).toContain(`The program ${program[0] ?? ''} gave no signature`)
  expect(stderr).toContain(words)
  expect((await staged.publish()).stdout).toContain('the list is not signed yet')
})

test('another person’s key is refused', async () => {
  const staged = await Staged.open()
  await staged.prepare()
  await editYaml(staged.signer, 'signing', 'vmcast.yaml', { certificate: 'pki/usercert.pem' })
  const key = join(staged.signer, 'pki/authority/ca.key.pem')
  const { stderr } = await staged.sign({}, '--yes', '--', 'openssl', 'pkeyutl', '-sign', '-inkey', key)
  expect(stderr).toContain('is no signature by the key of the certificate')
})
