import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tagPublication } from '../src/desired/tags.ts'
import { vmcast } from './support/cli.ts'
import { beginGit, gitIn, type RunGit } from './support/git.ts'
import { serve } from './support/http-server.ts'
import { editYaml, sampleRepository } from './support/repository.ts'
import { expectDone, Staged } from './support/staged.ts'

const LIST = 'imagelists/list-1.yaml'

const head = (git: RunGit) => git('rev-parse', 'HEAD')
const tags = async (git: RunGit) => (await git('tag')).split('\n').filter((name) => name !== '')

interface Reported {
  readonly commit: string | null
  readonly warnings: readonly string[]
}

async function reconcile(cwd: string, ...more: string[]): Promise<readonly Reported[]> {
  const { stdout, stderr, status } = await vmcast({ cwd }, 'reconcile', '--json', ...more)
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 })
  return (JSON.parse(stdout) as { lists: Reported[] }).lists
}

/** Another edition of the list, committed. */
async function edit(root: string, git: RunGit, title: string): Promise<void> {
  await editYaml(root, 'dc:title', LIST, title)
  await git('commit', '-qam', title)
}

describe('each publication is tagged', () => {
  test('by reconcile, list by list, at the commit that is checked out', async () => {
    const root = await sampleRepository({ lists: 2 })
    const git = await beginGit(root)
    const first = await head(git)
    expect(await reconcile(root)).toMatchObject([
      { commit: first, warnings: [] },
      { commit: first, warnings: [] },
    ])
    await edit(root, git, 'A second edition')
    const second = await head(git)
    expect(await reconcile(root)).toMatchObject([
      { state: 'published', commit: second },
      { state: 'unchanged' },
    ])
    expect(await tags(git)).toEqual([
      'published/list-1/0.0.1',
      'published/list-1/0.0.2',
      'published/list-2/0.0.1',
    ])
    expect(await git('rev-parse', 'published/list-1/0.0.1', 'published/list-1/0.0.2')).toBe(
      `${first}\n${second}`,
    )
    // A lightweight one: it is the commit, and nothing beside it.
    expect(await git('cat-file', '-t', 'published/list-1/0.0.1')).toBe('commit')
  })

  test('by publish, where the list was signed elsewhere; publishing once more changes nothing', async () => {
    const staged = await Staged.open({ images: 1 })
    const git = await beginGit(staged.publisher)
    await staged.prepare()
    expectDone(await staged.sign({}, '--yes'))
    for (const said of ['1 published', 'Nothing to do']) {
      const { stdout } = await staged.publish()
      expect(stdout).toContain(said)
      expect(stdout).not.toContain('Warning')
    }
    expect(await git('rev-parse', 'published/list-1/0.0.1')).toBe(await head(git))
  })

  test('even where git is set to sign every tag', async () => {
    const root = await sampleRepository()
    const git = await beginGit(root)
    await git('config', 'tag.gpgSign', 'true')
    expect(await reconcile(root)).toMatchObject([{ commit: await head(git), warnings: [] }])
  })
})

describe('there is no tag, and no warning,', () => {
  test('outside git', async () => {
    const root = await sampleRepository()
    expect(await reconcile(root)).toMatchObject([{ commit: null, warnings: [] }])
  })

  test('before the first commit', async () => {
    const root = await sampleRepository()
    const git = gitIn(root)
    await git('init', '-q')
    expect(await reconcile(root, '--allow', 'dirty')).toMatchObject([{ commit: null, warnings: [] }])
    expect(await tags(git)).toEqual([])
  })

  test('of what is in no commit', async () => {
    const root = await sampleRepository()
    const git = await beginGit(root)
    await editYaml(root, 'dc:title', LIST, 'Not committed')
    expect(await reconcile(root, '--allow', 'dirty')).toMatchObject([{ commit: null, warnings: [] }])
    expect(await tags(git)).toEqual([])
  })
})

describe('what keeps a publication from being tagged is a warning', () => {
  test('a tag at another commit stays where it is', async () => {
    const root = await sampleRepository()
    const git = await beginGit(root)
    const first = await head(git)
    await git('tag', 'published/list-1/0.0.1')
    await git('tag', '-am', 'somebody’s own', 'published/list-1/0.0.2')
    await git('tag', 'published/list-1/1.0/old')
    await edit(root, git, 'Another title')
    const commit = await head(git)
    const at = async (version: string) => {
      const tagged = await tagPublication(root, commit, { list: 'list-1', version })
      return { ...tagged, warnings: tagged.warnings.join() }
    }
    for (const version of ['0.0.1', '0.0.2']) {
      const name = `published/list-1/${version}`
      const warnings = `This publication was not tagged in git as ${name}: it exists, at ${first}.`
      expect(await at(version)).toEqual({ commit: null, warnings })
      expect(await git('rev-parse', `${name}^{commit}`)).toBe(first)
    }
    // A tag below it has its name for a folder.
    const { commit: none, warnings } = await at('1.0')
    expect(none).toBeNull()
    expect(warnings).toMatch(/published\/list-1\/1\.0: Git failed .*'refs\/tags\/published\/list-1\/1\.0/)
  })

  test('one that is there already, at this very commit, is none', async () => {
    const root = await sampleRepository()
    const git = await beginGit(root)
    const commit = await head(git)
    await git('tag', 'published/list-1/0.0.1')
    await git('tag', '-am', 'somebody’s own', 'published/list-1/0.0.2')
    for (const version of ['0.0.1', '0.0.2'])
      expect(await tagPublication(root, commit, { list: 'list-1', version })).toEqual({
        commit,
        warnings: [],
      })
  })

  test.each([
    ['list-1', '1.lock'],
    ['list-1', '1..2'],
    ['list-1', '1.'],
    ['list-1', '1.0~rc1'],
    ['list-1', '/1'],
    ['list-1', '1//2'],
    ['list-1', '1.0 beta'],
    ['list-1', '1:2'],
    ['list-1', 'none'],
    ['list-1', '1\n'],
    ['list-1', '1.'.padEnd(300, '0')],
    ['.hidden', '1'],
    ['a..b', '1'],
    ['list 1', '1'],
    ['list.lock', '1'],
    ['@{-1}', '1'],
    ['--delete', '1^{}'],
  ])('list %j in version %j is no name for git', async (list, version) => {
    const root = await sampleRepository({ lists: 0 })
    const git = await beginGit(root)
    const { commit, warnings } = await tagPublication(root, await head(git), { list, version })
    expect(commit).toBeNull()
    expect(warnings.join()).toContain('This publication was not tagged in git')
    expect(await tags(git)).toEqual([])
  })

  test.each([
    ['-x', '-1'],
    ['liste-é', '20261122.1+2'],
    ['a', '1/2,3_4'],
  ])('list %j in version %j is one', async (list, version) => {
    const root = await sampleRepository({ lists: 0 })
    const git = await beginGit(root)
    const commit = await head(git)
    expect(await tagPublication(root, commit, { list, version })).toEqual({ commit, warnings: [] })
  })

  test('a git folder that takes nothing', async () => {
    const root = await sampleRepository()
    const git = await beginGit(root)
    await rm(join(root, '.git/refs/tags'), { recursive: true })
    await writeFile(join(root, '.git/refs/tags'), 'no folder')
    const [{ warnings } = { warnings: [] }] = await reconcile(root)
    expect(warnings.join()).toMatch(/was not tagged in git as published\/list-1\/0\.0\.1: Git failed/)
    expect(await git('rev-parse', 'HEAD')).not.toBe('')
  })
})

test('by its tag alone, an older list that was put back is noticed', async () => {
  const root = await sampleRepository()
  const git = await beginGit(root)
  await reconcile(root)
  const list = join(root, 'public/lists/list-1.list')
  const old = await readFile(list)
  await edit(root, git, 'A second edition')
  await reconcile(root)
  await writeFile(list, old)
  await rm(`${list}.history`, { recursive: true })
  for (const command of [['plan'], ['status'], ['doctor']])
    expect((await vmcast({ cwd: root }, ...command)).stdout).toContain('rolled-back')
  const [{ warnings } = { warnings: [] }] = await reconcile(root)
  expect(warnings.join()).toContain('rolled-back: a tag of this repository says that version 0.0.2')
  expect(await tags(git)).toContain('published/list-1/0.0.3')
})

test('verify knows of a list that was put back by the tags of the repository that publishes it', async () => {
  const root = await sampleRepository({ images: 1 })
  const list = () => readFile(join(root, 'public/lists/list-1.list'))
  const origin = await serve((request, response) => {
    if (request.url !== '/lists/list-1.list') response.writeHead(404).end()
    else
      list().then(
        (bytes) => response.end(bytes),
        () => response.writeHead(500).end(),
      )
  })
  const address = `${origin}/lists/list-1.list`
  await editYaml(root, 'targets', 'vmcast.yaml', [
    { match: 'https://images.example.org/', to: 'file:public/', public: false },
    { match: `${origin}/`, to: 'file:public/', public: false },
  ])
  await editYaml(root, 'hv:uri', LIST, address)
  const git = await beginGit(root)
  await reconcile(root)
  const verify = (...more: string[]) => vmcast({ cwd: root }, 'verify', address, ...more)
  expect(await verify()).toMatchObject({ status: 0 })
  await git('tag', 'published/list-1/0.0.7')
  await git('tag', 'published/another/9.9')
  const { status, stdout } = await verify()
  expect(stdout).toContain('rolled-back: a tag of this repository says that version 0.0.7 was published')
  expect(status).toBe(1)
  // Whoever subscribes has no such repository.
  expect((await verify('--repo', join(root, 'pki'), '--ca', join(root, 'pki/ca'))).status).toBe(0)
})
