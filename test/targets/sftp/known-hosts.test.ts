import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptedKeys } from '../../../src/targets/sftp/known-hosts.ts'
import { temporaryFolder } from '../../support/repository.ts'

/** Public keys as `type base64`, and their fingerprints as ssh-keygen prints them. */
let ed25519: Key, ecdsa: Key, rsa: Key
interface Key {
  readonly text: string
  readonly accepted: string
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmcast-keys-'))
  ;[ed25519, ecdsa, rsa] = await Promise.all([makeKey('ed25519'), makeKey('ecdsa'), makeKey('rsa')])
})

afterAll(() => rm(folder, { recursive: true }))

async function makeKey(type: string): Promise<Key> {
  const path = join(folder, type)
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'somebody', '-f', path])
  const [kind = '', base64 = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ')
  const shown = execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' })
  return { text: `${kind} ${base64}`, accepted: `${kind} ${shown.split(' ')[1] ?? ''}` }
}

/** The same lines with their names hashed by ssh-keygen. */
async function hashed(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'known_hosts')
  await writeFile(path, text)
  execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
  return await readFile(path, 'utf8')
}

describe('acceptedKeys', () => {
  test('gives every key of the host, as ssh-keygen prints it, each once', () => {
    const text = `images.example.org ${ed25519.text}\n\n# a comment\nother.example.org ${ecdsa.text}
images.example.org,192.0.2.1 ${rsa.text} somebody@example.org\r\nimages.example.org ${rsa.text}\n`
    expect(acceptedKeys(text, 'images.example.org', 22)).toEqual([ed25519.accepted, rsa.accepted])
    expect(acceptedKeys(text, 'Images.Example.ORG', 22)).toEqual([ed25519.accepted, rsa.accepted])
    expect(acceptedKeys(text, '192.0.2.1', 22)).toEqual([rsa.accepted])
    expect(acceptedKeys(text, 'images.example.com', 22)).toEqual([])
  })

  test('finds names that ssh-keygen hashed, ports and IPv6 included', async () => {
    const text = await hashed(
      `images.example.org ${ed25519.text}\n[images.example.org]:2222 ${ecdsa.text}\n[2001:db8::1]:22022 ${rsa.text}\n`,
    )
    expect(text).not.toContain('example.org')
    expect(acceptedKeys(text, 'images.example.org', 22)).toEqual([ed25519.accepted])
    expect(acceptedKeys(text, 'images.example.org', 2222)).toEqual([ecdsa.accepted])
    expect(acceptedKeys(text, '2001:db8::1', 22022)).toEqual([rsa.accepted])
    expect(acceptedKeys(text, 'images.example.org', 2223)).toEqual([])
  })

  test('a plain name is for port 22 alone', () => {
    expect(acceptedKeys(`images.example.org ${ed25519.text}`, 'images.example.org', 2222)).toEqual([])
    const text = `[images.example.org]:2222 ${ed25519.text}`
    expect(acceptedKeys(text, 'images.example.org', 2222)).toEqual([ed25519.accepted])
    expect(acceptedKeys(text, 'images.example.org', 22)).toEqual([])
  })

  test.each([
    ['*.example.org', true],
    ['images.*', true],
    ['*', true],
    ['i*s.ex?mple.*g', true],
    ['*.example.org,!images.example.org', false],
    ['!other.example.org,*.example.org', true],
    ['!other.example.org', false],
    ['images.example.or', false],
    ['images.example.org?', false],
    ['*images.example.org.', false],
    ['images*images.example.org', false],
    ['images.example.org.*', false],
    ['.*', false],
  ])('the pattern %s: %s', (pattern, expected) => {
    expect(acceptedKeys(`${pattern} ${ed25519.text}`, 'images.example.org', 22)).toHaveLength(
      expected ? 1 : 0,
    )
  })

  test('a revoked key is accepted by no line, before or behind, whatever hosts the revocation names', () => {
    const host = `images.example.org ${ed25519.text}`
    for (const names of ['*', 'images.example.org', 'other.example.org']) {
      const revoked = `@revoked ${names} ${ed25519.text}`
      expect(acceptedKeys(`${host}\n${revoked}\n${host}`, 'images.example.org', 22)).toEqual([])
      expect(acceptedKeys(`${revoked}\n${host}`, 'images.example.org', 22)).toEqual([])
    }
    expect(acceptedKeys(`@revoked * ${rsa.text}\n${host}`, 'images.example.org', 22)).toEqual([
      ed25519.accepted,
    ])
  })

  test('authorities, unknown markers and damaged lines accept nothing', () => {
    const lines = [
      `@cert-authority *.example.org ${ed25519.text}`,
      `@new *.example.org ${ed25519.text}`,
      `images.example.org ${ed25519.text.slice(0, 30)}`,
      `images.example.org ${ecdsa.text.replace(/\S+/, 'ssh-ed25519')}`,
      `images.example.org`,
      `images.example.org ssh-ed25519`,
      `# images.example.org ${ed25519.text}`,
      `|1|a|b|c ${ed25519.text}`,
      `|2|AAAA|AAAA ${ed25519.text}`,
    ]
    expect(acceptedKeys(lines.join('\n'), 'images.example.org', 22)).toEqual([])
  })

  test('whatever the text, it neither fails nor accepts what nobody wrote', () => {
    const word = fc.oneof(
      fc.constantFrom('@revoked', 'ssh-ed25519', '*', '!', ',', '|1|', '\n', ' '),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        expect(acceptedKeys(words.join(''), 'images.example.org', 22)).toEqual([])
      }),
    )
  })
})
