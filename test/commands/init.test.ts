import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { simpleGit } from 'simple-git'
import { parse } from 'yaml'
import { vmcast } from '../support/cli.ts'
import { snapshot, temporaryFolder } from '../support/content.ts'

const read = (cwd: string, file: string) => readFile(join(cwd, file), 'utf8')
const files = (stdout: string, state: string) =>
  [...stdout.matchAll(/^(\S+) +(.*)$/gm)].flatMap(([, found, file]) => (found === state ? [file] : []))

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

describe('vmcast init', () => {
  test('in an empty folder: validate asks for what only its owner knows, and for nothing else', async () => {
    const cwd = await temporaryFolder()
    const { status, stdout, stderr } = await vmcast({ cwd }, 'init', '--yes')
    expect([status, stderr]).toEqual([
      0,
      'Merging to the branch main will publish.\nNext: README.md says what to fill in; `vmcast validate` names each place.\n',
    ])
    expect(files(stdout, 'written').sort()).toEqual(
      Array.from((await snapshot(cwd)).keys(), (file) => file.slice(cwd.length + 1)).sort(),
    )
    const faults = (await vmcast({ cwd }, 'validate')).stdout
    expect(
      [...faults.matchAll(/^(\S+):\d+:\d+: (?!warning)(.*)$/gm)].map(([, file, what]) => [file, what]),
    ).toEqual([
      ['imagelists/example.yaml', 'hv:endorser/hv:x509/dc:creator is empty.'],
      ['imagelists/example.yaml', 'hv:endorser/hv:x509/hv:email is empty.'],
      ['images/example.yaml', 'file/sha512 is empty.'],
      ['vmcast.yaml', 'targets[0]/hostKey is empty.'],
    ])
  })
})
