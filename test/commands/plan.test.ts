import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeAuthority } from '../../scripts/pki.ts'
import type { Plan } from '../../src/model.ts'
import { vmcast } from '../support/cli.ts'
import { editYaml, sampleRepository } from '../support/repository.ts'

const planOf = async (cwd: string, ...args: string[]): Promise<Plan> =>
  JSON.parse((await vmcast({ cwd }, 'plan', '--format', 'json', ...args)).stdout) as Plan

/** Changes the title of the first list. */
async function retitle(cwd: string, title: string): Promise<void> {
  const path = join(cwd, 'imagelists/list-1.yaml')
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^dc:title: .*$/m, `dc:title: ${title}`))
}

describe('vmcast plan', () => {
  it('shows a first publication, without the key, and changes nothing', async () => {
    const cwd = await sampleRepository({ lists: 2 })
    await rm(join(cwd, 'pki/userkey.pem'))
    const { status, stdout } = await vmcast({ cwd }, 'plan')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^\+ list-1: List 1$/m)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'Plan: 6 to add, 0 to change, 0 to remove, 0 to renew; 16 kB to upload.',
    )
    expect(await readdir(cwd)).not.toContain('public')
  })

  it('plans what reconcile then does, and nothing afterwards', async () => {
    const cwd = await sampleRepository()
    const { checksum } = await planOf(cwd)
    expect(await vmcast({ cwd }, 'plan', '--detailed-exitcode')).toMatchObject({ status: 2 })
    expect(await vmcast({ cwd }, 'reconcile', '--expect', checksum)).toMatchObject({ status: 0 })
    const after = await vmcast({ cwd }, 'plan', '--detailed-exitcode')
    expect(after).toMatchObject({ status: 0 })
    expect(after.stdout).toContain('Plan: 0 to add, 0 to change, 0 to remove, 0 to renew; nothing to upload.')
  })

  it('speaks Markdown and JSON', async () => {
    const cwd = await sampleRepository()
    expect((await vmcast({ cwd }, 'plan', '--format', 'markdown')).stdout).toContain('### `+` list-1: List 1')
    expect((await planOf(cwd)).lists).toMatchObject([{ name: 'list-1', action: 'add' }])
    expect(await vmcast({ cwd }, 'plan', '--format', 'xml')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('text, markdown, json') as string,
    })
  })

  it('takes one list alone', async () => {
    const cwd = await sampleRepository({ lists: 3 })
    expect((await planOf(cwd, '--list', 'list-2')).lists.map(({ name }) => name)).toEqual(['list-2'])
  })

  it('fails with what cannot be published, and plans the rest', async () => {
    const cwd = await sampleRepository({ lists: 2 })
    await rm(join(cwd, 'build/1-1.img'))
    const plan = await planOf(cwd)
    expect(plan.lists.map(({ action }) => action)).toEqual(['failed', 'add'])
    expect(await vmcast({ cwd }, 'plan')).toMatchObject({ status: 1 })
  })
})

describe('a plan file', () => {
  it('is carried out if nothing else changed', async () => {
    const cwd = await sampleRepository()
    await vmcast({ cwd }, 'plan', '--out', 'plan.json')
    expect(await vmcast({ cwd }, 'reconcile', '--plan', 'plan.json')).toMatchObject({ status: 0 })
    expect((await readdir(cwd)).filter((name) => name.startsWith('plan'))).toEqual(['plan.json'])
  })

  it('is refused, with what differs, after a change', async () => {
    const cwd = await sampleRepository()
    await vmcast({ cwd }, 'plan', '--out', 'plan.json')
    await retitle(cwd, 'Another title')
    const { status, stderr } = await vmcast({ cwd }, 'reconcile', '--plan', 'plan.json')
    expect(status).toBe(1)
    expect(stderr).toContain('lists / list-1 / keys / dc:title')
    expect(stderr).toContain('Another title')
    expect(await readdir(cwd)).not.toContain('public')
  })

  it.each([
    ['not JSON', '{'],
    ['no plan', '{"format":1}'],
    ['nested deeply', '['.repeat(100_000)],
  ])('is refused if it is %s', async (_, text) => {
    const cwd = await sampleRepository()
    await writeFile(join(cwd, 'plan.json'), text)
    const { status, stderr } = await vmcast({ cwd }, 'reconcile', '--plan', 'plan.json')
    expect(status).toBe(1)
    expect(stderr).toContain('is not what `vmcast plan --out` writes')
  })

  it('that is missing, or cannot be written, is an error', async () => {
    const cwd = await sampleRepository()
    expect((await vmcast({ cwd }, 'reconcile', '--plan', 'none.json')).stderr).toContain(
      'cannot be read: ENOENT',
    )
    expect((await vmcast({ cwd }, 'plan', '--out', 'none/plan.json')).stderr).toContain('cannot be written')
    expect((await vmcast({ cwd }, 'reconcile', '--plan', 'a', '--expect', 'b')).stderr).toContain(
      'Give one of them',
    )
    expect((await vmcast({ cwd }, 'reconcile', '--expect', 'approved')).stderr).toContain(
      '“approved” is no checksum of a plan',
    )
  })
})

it('a file that was built again, and whose pin was not, is warned of', async () => {
  const cwd = await sampleRepository({ pinned: true })
  const warning = 'if it is a new build, pin it with `vmcast hash image-1-1`'
  expect((await vmcast({ cwd }, 'reconcile')).status).toBe(0)
  expect((await vmcast({ cwd }, 'plan')).stdout).not.toContain(warning)
  await writeFile(join(cwd, 'build/1-1.img'), 'another build')
  const { status, stdout } = await vmcast({ cwd }, 'plan', '--detailed-exitcode')
  expect(stdout).toContain('is up to date')
  expect(stdout).toContain(warning)
  expect(status).toBe(0)
  await rm(join(cwd, 'build/1-1.img'))
  expect((await vmcast({ cwd }, 'plan')).stdout).not.toContain(warning)
})

it('a certificate that subscribers would refuse is warned of before the merge, and not while nothing is signed', async () => {
  const cwd = await sampleRepository()
  await makeAuthority(join(cwd, 'other'))
  const trusting = (ca: string) => editYaml(cwd, 'trust', 'vmcast.yaml', { ca })
  await trusting('other/ca/')
  const { status, stdout } = await vmcast({ cwd }, 'plan')
  expect(stdout).toContain(
    'Subscribers would refuse what /DC=org/DC=example/OU=Endorsers/CN=Owen Synge signs: ',
  )
  expect(status).toBe(0)
  await trusting('pki/ca/')
  expect((await vmcast({ cwd }, 'plan')).stdout).not.toContain('would refuse')
})

describe('vmcast show', () => {
  const show = async (cwd: string) => {
    const { status, stdout } = await vmcast({ cwd }, 'show', 'list-1')
    expect(status).toBe(0)
    return JSON.parse(stdout) as { 'hv:imagelist': Record<string, unknown> }
  }

  it('prints the list as it would be signed, then as it is', async () => {
    const cwd = await sampleRepository()
    expect((await show(cwd))['hv:imagelist']).toMatchObject({ 'dc:title': 'List 1', 'hv:version': '0.0.1' })
    await vmcast({ cwd }, 'reconcile')
    const signed = await show(cwd)
    expect(await readFile(join(cwd, 'public/lists/list-1.list'), 'utf8')).toContain(
      String(signed['hv:imagelist']['dc:date:created']),
    )
    await retitle(cwd, 'Another title')
    expect((await show(cwd))['hv:imagelist']).toMatchObject({
      'dc:title': 'Another title',
      'hv:version': '0.0.2',
    })
  })

  it('reads a file that is to be compressed', async () => {
    const cwd = await sampleRepository({ images: 1 })
    const path = join(cwd, 'images/image-1-1.yaml')
    const yaml = await readFile(path, 'utf8')
    await writeFile(path, yaml.replace(/^hv:format: (.*)$/m, 'hv:format: $1.gz'))
    const { 'hv:imagelist': list } = await show(cwd)
    expect(list['hv:images']).toMatchObject([
      { 'hv:image': { 'vmcast:source:sha512': expect.any(String) as string } },
    ])
  })

  it('refuses a list that it does not know', async () => {
    const cwd = await sampleRepository()
    expect(await vmcast({ cwd }, 'show', 'other')).toMatchObject({ status: 1 })
  })
})

describe('--allow', () => {
  it.each(['dirt', 'replace', 'replace=abc', ''])('refuses %j, which is no guard', async (given) => {
    const cwd = await sampleRepository()
    const { status, stderr } = await vmcast({ cwd }, 'reconcile', `--allow=dirty,${given}`)
    expect(status).toBe(1)
    expect(stderr).toContain('is no guard')
    expect(stderr).toContain('replace=SHA256')
    expect(await readdir(cwd)).not.toContain('public')
  })

  it('takes every guard', async () => {
    const cwd = await sampleRepository()
    const all = `remove,empty,signer,adopt,untrusted,dirty,replace=${'0'.repeat(64)}`
    expect(await vmcast({ cwd }, 'reconcile', '--allow', all)).toMatchObject({ status: 0 })
  })
})
