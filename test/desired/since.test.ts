import { createHash } from 'node:crypto'
import { appendFile, copyFile, cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model.ts'
import { vmcast } from '../support/cli.ts'
import { editYaml, sampleRepository, temporaryFolder } from '../support/repository.ts'

const HOUR = 3_600_000
const PUBLISHED = new Date(Math.floor(Date.now() / 1000) * 1000)
const inHours = (hours: number) => new Date(PUBLISHED.getTime() + hours * HOUR)

const MATCH = 'https://images.example.org/'
const target = (folder: string) => ({ match: MATCH, to: `file:${folder}/`, public: false })

/** Runs git in `cwd`; what it commits is dated so many hours after the publication. */
async function git(cwd: string, hours: number, ...args: string[]): Promise<string> {
  const date = inHours(hours).toISOString()
  const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date }
  const who = ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org']
  return (await execa('git', [...who, ...args], { cwd, env })).stdout
}

async function commitAll(cwd: string, hours: number): Promise<string> {
  await git(cwd, 0, 'add', '.')
  await git(cwd, hours, 'commit', '-qm', 'a change')
  return await git(cwd, 0, 'rev-parse', 'HEAD')
}

/** A repository whose first commit, an hour old, is published; keys and what was built are not in git. */
async function publishedCommit(ignored = 'pki/*\n!pki/ca/\n') {
  const root = await sampleRepository()
  await writeFile(join(root, '.gitignore'), `${ignored}public/\nbuild/\n.cache/\n`)
  await git(root, 0, 'init', '-q')
  const commit = await commitAll(root, -1)
  expect(await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')).toMatchObject({ status: 0 })
  return { root, commit }
}

async function changedIn(cwd: string): Promise<Plan['changed']> {
  const { stdout } = await vmcast({ cwd, now: inHours(3) }, 'plan', '--format', 'json')
  return (JSON.parse(stdout) as Plan).changed
}

/** A line of known_hosts with a key that nobody has, and what a plan calls that key. */
function knownHost(host: string, seed: number) {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, seed))])
  const sum = createHash('sha256').update(blob).digest('base64').replace('=', '')
  return {
    line: `${host} ssh-ed25519 ${blob.toString('base64')}\n`,
    key: `ssh-ed25519 SHA256:${sum}`,
  }
}

const addAuthority = (root: string) =>
  copyFile(join(root, 'pki/authority/ca.cert.pem'), join(root, 'pki/ca/another.pem'))

describe('a plan in git, since the last publication', () => {
  it('marks nothing where nothing changed', async () => {
    const { root, commit } = await publishedCommit()
    await appendFile(join(root, 'vmcast.yaml'), '# a comment\n')
    await commitAll(root, 1)
    expect(await changedIn(root)).toEqual({ commit, targets: [], gone: [], trust: false })
    expect((await vmcast({ cwd: root }, 'plan')).stdout).not.toContain('changed since')
  })

  it('marks a target that was changed, and just that', async () => {
    const { root, commit } = await publishedCommit()
    await editYaml(root, 'targets', 'vmcast.yaml', [target('elsewhere')])
    await cp(join(root, 'public'), join(root, 'elsewhere'), { recursive: true })
    await commitAll(root, 1)
    expect(await changedIn(root)).toEqual({
      commit,
      targets: [MATCH],
      gone: [{ ...target('public'), settings: {}, hostKeys: [], authorities: [] }],
      trust: false,
    })
    const { stdout } = await vmcast({ cwd: root, now: inHours(3) }, 'plan')
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      `Publishes to (changed since ${commit.slice(0, 7)})`,
      `~ ${MATCH} → file:elsewhere/ (public: false)`,
      `- ${MATCH} → file:public/ (public: false)`,
      'Trusts',
    ])
  })

  it('marks a host key that was changed in a known_hosts file', async () => {
    const { line, key } = knownHost('ssh.example.org', 1)
    const ssh = {
      match: 'https://ssh.example.org/',
      to: 'sftp://owen@ssh.example.org/srv/',
      knownHosts: 'hosts',
    }
    const root = await sampleRepository()
    await editYaml(root, 'targets', 'vmcast.yaml', [target('public'), ssh])
    await writeFile(join(root, 'hosts'), line)
    await writeFile(join(root, '.gitignore'), 'pki/*\n!pki/ca/\npublic/\nbuild/\n.cache/\n')
    await git(root, 0, 'init', '-q')
    await commitAll(root, -1)
    expect(await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')).toMatchObject({ status: 0 })
    expect(await changedIn(root)).toMatchObject({ gone: [] })

    await writeFile(join(root, 'hosts'), knownHost('ssh.example.org', 2).line)
    expect(await changedIn(root)).toMatchObject({ gone: [{ match: ssh.match, hostKeys: [key] }] })
  })

  it('marks a CA that was added to those that may vouch for a server', async () => {
    const dav = { match: 'https://dav.example.org/', to: 'davs://dav.example.org/srv/', ca: 'pki/ca' }
    const root = await sampleRepository()
    await editYaml(root, 'targets', 'vmcast.yaml', [target('public'), dav])
    await writeFile(join(root, '.gitignore'), 'pki/*\n!pki/ca/\npublic/\nbuild/\n.cache/\n')
    await git(root, 0, 'init', '-q')
    await commitAll(root, -1)
    expect(await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')).toMatchObject({ status: 0 })
    expect(await changedIn(root)).toMatchObject({ gone: [] })

    await addAuthority(root)
    expect(await changedIn(root)).toMatchObject({ gone: [{ match: dav.match }] })
  })

  it('marks a CA that was added, committed or not', async () => {
    const { root, commit } = await publishedCommit()
    await addAuthority(root)
    const marked = { commit, targets: [], gone: [], trust: true }
    expect(await changedIn(root)).toEqual(marked)
    await commitAll(root, 1)
    expect(await changedIn(root)).toEqual(marked)
  })

  it('marks another trust.ca, wherever it leads', async () => {
    const { root } = await publishedCommit()
    const outside = await temporaryFolder()
    await cp(join(root, 'pki/ca'), outside, { recursive: true })
    await editYaml(root, 'trust', 'vmcast.yaml', { ca: outside })
    expect(await changedIn(root)).toMatchObject({ trust: true })
  })

  it('compares a merge with the branch that it was made into, however old the merged commits are', async () => {
    const { root, commit } = await publishedCommit()
    await git(root, 0, 'checkout', '-qb', 'request')
    await addAuthority(root)
    await commitAll(root, -0.5)
    await git(root, 0, 'checkout', '-q', '-')
    await git(root, 1, 'merge', '-q', '--no-ff', 'request')
    expect(await changedIn(root)).toMatchObject({ commit, trust: true })
  })

  it('does not know of a trust that git does not keep', async () => {
    const { root } = await publishedCommit('pki/\n')
    expect(await changedIn(root)).toMatchObject({ trust: null })
    const linked = await publishedCommit()
    await symlink('pki/ca', join(linked.root, 'link'))
    await editYaml(linked.root, 'trust', 'vmcast.yaml', { ca: 'link' })
    const commit = await commitAll(linked.root, -0.5)
    expect(await changedIn(linked.root)).toMatchObject({ commit, trust: null })
  })

  it('finds a repository in a folder of another', async () => {
    const top = await temporaryFolder()
    const sample = await sampleRepository()
    const root = join(top, 'content')
    await cp(sample, root, { recursive: true })
    await writeFile(join(top, '.gitignore'), '**/pki/*\n!**/pki/ca/\npublic/\nbuild/\n.cache/\n')
    await git(top, 0, 'init', '-q')
    const commit = await commitAll(top, -1)
    await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')
    expect(await changedIn(root)).toEqual({ commit, targets: [], gone: [], trust: false })
  })
})

describe('a plan says nothing of changes', () => {
  it('outside git, and before the first publication', async () => {
    const root = await sampleRepository()
    await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')
    expect(await changedIn(root)).toBeNull()

    const fresh = await sampleRepository()
    await writeFile(join(fresh, '.gitignore'), 'pki/*\n')
    await git(fresh, 0, 'init', '-q')
    await commitAll(fresh, -1)
    expect(await changedIn(fresh)).toBeNull()
  })

  it('in a clone that does not reach so far', async () => {
    const { root } = await publishedCommit()
    await addAuthority(root)
    await commitAll(root, 1)
    const clone = join(await temporaryFolder(), 'clone')
    await git(root, 0, 'clone', '-q', '--depth', '1', `file://${root}`, clone)
    for (const folder of ['pki', 'public', 'build'])
      await cp(join(root, folder), join(clone, folder), { recursive: true })
    expect(await changedIn(clone)).toBeNull()
  })

  it('where vmcast.yaml was not there, or is broken', async () => {
    const root = await sampleRepository()
    const yaml = await readFile(join(root, 'vmcast.yaml'), 'utf8')
    await vmcast({ cwd: root, now: PUBLISHED }, 'reconcile')
    await writeFile(join(root, '.gitignore'), '*\n!.gitignore\n')
    await git(root, 0, 'init', '-q')
    await commitAll(root, -2)
    expect(await changedIn(root)).toBeNull()
    await writeFile(join(root, 'vmcast.yaml'), 'targets: [')
    await git(root, 0, 'add', '-f', 'vmcast.yaml')
    await commitAll(root, -1)
    await writeFile(join(root, 'vmcast.yaml'), yaml)
    expect(await changedIn(root)).toBeNull()
  })

  it('where the newest list is from the future', async () => {
    const { root } = await publishedCommit()
    const { stdout } = await vmcast({ cwd: root, now: inHours(-0.5) }, 'plan', '--format', 'json')
    expect((JSON.parse(stdout) as Plan).changed).toBeNull()
  })
})
