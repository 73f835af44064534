import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { openssl } from '../../scripts/pki.ts'
import { anotherEndorser, AUTHORITY, endorserNamed } from '../support/endorsers.ts'
import { sampleRepository, temporaryFolder } from '../support/repository.ts'
import { expectDone, Staged } from '../support/staged.ts'

const CLI = join(import.meta.dirname, '../../dist/cli.js')

/** What somebody types once something is shown. */
interface Typed {
  readonly after: string
  readonly text: string
}

/** Runs a command on a terminal of its own (the `script` program makes one); what it showed, without colours. */
async function onTerminal(cwd: string, name: string, ...typed: Typed[]): Promise<string> {
  const command = `"${process.execPath}" "${CLI}" ${name}`
  const run = execa('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { HOME: cwd, TERM: 'xterm', XDG_CACHE_HOME: join(cwd, 'cache') },
    reject: false,
    timeout: 60_000,
  })
  let seen = ''
  run.stdout.on('data', (chunk: Buffer) => {
    const before = seen
    seen += chunk.toString()
    for (const { after, text } of typed)
      if (seen.includes(after) && !before.includes(after)) run.stdin.write(`${text}\r`)
  })
  const { exitCode } = await run
  expect(exitCode, seen).toBe(0)
  return stripVTControlCharacters(seen)
}

test('on a terminal, a long upload shows a bar', async () => {
  const root = await sampleRepository({ images: 1, bytes: 150_000_000 })
  const shown = await onTerminal(root, 'reconcile')
  expect(shown).toMatch(/image-1-1 [=-]{24} \d+ % {2}\d+ \w?B of 150 MB/)
  expect(shown).toContain('version 0.0.1 published and verified')
})

test('on a terminal, an encrypted key’s passphrase is asked for, and never shown', async () => {
  const root = await sampleRepository()
  const pki = join(root, 'pki')
  await openssl(
    pki,
    'pkcs8',
    '-topk8',
    '-in',
    'userkey.pem',
    '-out',
    'encrypted.pem',
    '-passout',
    'pass:swordfish',
  )
  await execa('mv', ['encrypted.pem', 'userkey.pem'], { cwd: pki })
  await execa('chmod', ['600', 'userkey.pem'], { cwd: pki })
  const shown = await onTerminal(root, 'reconcile', {
    after: 'Passphrase of the signing key',
    text: 'swordfish',
  })
  expect(shown).toContain('version 0.0.1 published and verified')
  expect(shown).not.toContain('swordfish')
})

test('on a terminal, the passphrase of PKCS#12 is asked for once, for the plan and the signature', async () => {
  const root = await sampleRepository()
  const pki = join(root, 'pki')
  const files = ['-in', 'usercert.pem', '-inkey', 'userkey.pem', '-out', 'usercred.p12']
  await openssl(pki, 'pkcs12', '-export', ...files, '-passout', 'pass:swordfish')
  await chmod(join(pki, 'usercred.p12'), 0o600)
  const config = join(root, 'vmcast.yaml')
  const text = await readFile(config, 'utf8')
  await writeFile(config, text.replace('usercert.pem', 'usercred.p12').replace(/\n.*userkey\.pem/, ''))
  const shown = await onTerminal(root, 'reconcile', {
    after: 'Passphrase of the signing certificate',
    text: 'swordfish',
  })
  expect(shown).toContain('version 0.0.1 published and verified')
  expect(shown).not.toContain('swordfish')
})

test('on a terminal, init asks for little, and takes Enter for what is usual', async () => {
  const root = await temporaryFolder()
  const shown = await onTerminal(
    root,
    'init',
    { after: 'What do published addresses begin with?', text: 'nothing' },
    { after: 'write http(s)://host/folder/', text: `${'\b'.repeat(7)}https://vm.example.org/` },
    { after: 'Where is that written to?', text: '' },
    { after: 'Who signs?', text: '\x1b[B' },
  )
  expect(shown).toContain('Next: README.md says what to fill in')
  expect(await readFile(join(root, 'vmcast.yaml'), 'utf8')).toMatch(
    /- match: https:\/\/vm\.example\.org\/ .*\n +to: sftp:\/\/publisher@vm\.example\.org\/srv\/www\/ /,
  )
  expect(await readFile(join(root, '.github/workflows/vmcast-publish.yml'), 'utf8')).toContain('matrix:')
})

test('on a terminal, sign and countersign ask for what they do', async () => {
  const staged = await Staged.open({ images: 1 })
  const second = { dn: endorserNamed('Second'), ca: AUTHORITY }
  await staged.edit('countersigners', 'imagelists/list-1.yaml', [second])
  await staged.prepare()
  const release = staged.path('release')
  await onTerminal(staged.signer, `sign ${release} --repo .`, { after: 'Sign list-1?', text: 'y' })
  const home = await staged.checkout()
  const { certificate, key } = await anotherEndorser(join(staged.signer, 'pki'), 'Second')
  await mkdir(join(home, '.globus'))
  await copyFile(certificate, join(home, '.globus/usercert.pem'))
  await copyFile(key, join(home, '.globus/userkey.pem'))
  const shown = await onTerminal(home, `countersign ${release} --repo .`, {
    after: 'Countersign list-1?',
    text: 'y',
  })
  expect(shown).toContain('list-1: countersigned')
  expectDone(await staged.publish())
})
