import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { makeAuthority } from '../../scripts/pki.ts'
import { vmcast } from '../support/cli.ts'
import { snapshot, temporaryFolder } from '../support/content.ts'
import { editYaml } from '../support/repository.ts'

const read = (cwd: string, file: string) => readFile(join(cwd, file), 'utf8')

/** The files that it says it has written, or kept. */
const told = (stdout: string, state: string) =>
  [...stdout.matchAll(/^(\S+) +(.*)$/gm)].flatMap(([, one, file]) => (one === state ? [file] : []))

/** The files that are there, git's own left out. */
const there = async (cwd: string) =>
  Array.from((await snapshot(cwd)).keys(), (file) => file.slice(cwd.length + 1)).filter(
    (file) => !file.startsWith('.git/'),
  )

const git = (cwd: string, ...args: string[]) =>
  execa('git', ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org', ...args], { cwd })

async function write(cwd: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(cwd, file)), { recursive: true })
  await writeFile(join(cwd, file), text)
}

describe('in an empty folder', () => {
  test('validate asks for what only its owner knows, and for nothing else', async () => {
    const cwd = await temporaryFolder()
    const { status, stdout, stderr } = await vmcast({ cwd }, 'init', '--yes')
    expect([status, stderr]).toEqual([
      0,
      'Merging to the branch main will publish.\nNext: README.md says what to fill in; `vmcast validate` and `vmcast doctor` name each place.\n',
    ])
    expect(told(stdout, 'written').sort()).toEqual(await there(cwd))
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

  test('filled in as its README says, it publishes, and then there is nothing to do', async () => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes', '--to', 'file:./public/')
    const config = await read(cwd, 'vmcast.yaml')
    await write(cwd, 'vmcast.yaml', config.replace(/( +)to: .*\n/, '$&$1public: false\n'))
    const pki = await temporaryFolder()
    await makeAuthority(pki)
    await copyFile(join(pki, 'usercert.pem'), join(cwd, 'robotcert.pem'))
    await copyFile(join(pki, 'authority/ca.cert.pem'), join(cwd, 'trust/ca.pem'))
    await editYaml(cwd, 'hv:endorser', 'imagelists/example.yaml', {
      'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org' },
    })
    await mkdir(join(cwd, 'files'))
    await writeFile(
      join(cwd, 'files/example.qcow2'),
      Buffer.from(`QFI\xfb\0\0\0\x03${'.'.repeat(1000)}`, 'latin1'),
    )
    const image = await read(cwd, 'images/example.yaml')
    await write(cwd, 'images/example.yaml', image.replace(/url: \S+/, 'path: ../files/example.qcow2'))
    // A slow machine keeps sums below HOME.
    const env = { HOME: pki, VMCAST_X509_KEY: await read(pki, 'userkey.pem') }
    expect((await vmcast({ cwd, env }, 'hash', 'example')).status).toBe(0)
    const { status, stdout } = await vmcast({ cwd }, 'validate')
    expect(status, stdout).toBe(0)
    await git(cwd, 'init', '--initial-branch', 'main')
    await git(cwd, 'add', '.')
    await git(cwd, 'commit', '--message', 'Begin')
    const published = await vmcast({ cwd, env }, 'reconcile')
    expect(published.stdout + published.stderr).toContain('1 published')
    expect((await git(cwd, 'status', '--porcelain')).stdout).toBe('')
    expect((await vmcast({ cwd }, 'plan', '--detailed-exitcode')).status).toBe(0)
  })

  test('code owners are proposed for all that decides where things go, and who is believed', async () => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes')
    const owned = [...(await read(cwd, '.github/CODEOWNERS')).matchAll(/^# (\/\S+) +@/gm)].map(
      ([, path]) => path,
    )
    expect(owned).toEqual(expect.arrayContaining(['/vmcast.yaml', '/trust/', '/.github/']))
  })

  test('a folder that is not there yet is made', async () => {
    const cwd = await temporaryFolder()
    expect((await vmcast({ cwd }, 'init', '--yes', '--repo', 'new/images')).status).toBe(0)
    expect(await there(join(cwd, 'new/images'))).toContain('vmcast.yaml')
  })

  test('each list and image has an identifier of its own', async () => {
    const [one, other] = [await temporaryFolder(), await temporaryFolder()]
    for (const cwd of [one, other]) await vmcast({ cwd }, 'init', '--yes')
    const identifiers = await Promise.all(
      [one, other].flatMap((cwd) =>
        ['imagelists/example.yaml', 'images/example.yaml'].map(async (file) => {
          const value = parse(await read(cwd, file)) as Record<string, string>
          return value['dc:identifier']
        }),
      ),
    )
    expect(new Set(identifiers).size).toBe(4)
  })
})

describe('in a git repository', () => {
  test('what is there stays, and what is missing is written', async () => {
    const cwd = await temporaryFolder()
    await git(cwd, 'init', '--initial-branch', 'trunk')
    const mine = { 'README.md': '# Mine\n', '.gitignore': 'mine\n', '.github/dependabot.yml': 'mine\n' }
    for (const [file, text] of Object.entries(mine)) await write(cwd, file, text)
    const { stdout, stderr } = await vmcast({ cwd }, 'init', '--yes')
    expect(told(stdout, 'differs').sort()).toEqual(['.github/dependabot.yml', '.gitignore'])
    expect(stderr).toContain('move it away, run init again, and compare')
    for (const [file, text] of Object.entries(mine)) expect(await read(cwd, file)).toBe(text)
    expect(stderr).toContain('Next: SETUP.md says')
    expect(await read(cwd, 'SETUP.md')).toContain('Let only the branch `trunk` use it')
    expect(parse(await read(cwd, '.github/workflows/vmcast-publish.yml'))).toMatchObject({
      on: { push: { branches: ['trunk'] } },
    })
  })

  test('twice is the same as once', async () => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes')
    const before = await snapshot(cwd)
    const { status, stdout, stderr } = await vmcast({ cwd }, 'init', '--yes', '--publish', 'robot')
    expect([status, told(stdout, 'written'), told(stdout, 'differs')]).toEqual([0, [], []])
    expect(stderr).not.toContain('differs')
    expect(await snapshot(cwd)).toEqual(before)
  })

  test('of a clone, the branch is the one that was cloned, whatever is checked out', async () => {
    const [origin, folder] = [await temporaryFolder(), await temporaryFolder()]
    await git(origin, 'init', '--initial-branch', 'release/1')
    await git(origin, 'commit', '--allow-empty', '--message', 'Begin')
    await git(folder, 'clone', origin, 'clone')
    const cwd = join(folder, 'clone')
    await git(cwd, 'switch', '--create', 'add-vmcast')
    expect((await vmcast({ cwd }, 'init', '--yes')).stderr).toContain('the branch release/1 will publish')
  })

  test('without a branch checked out, it is main', async () => {
    const cwd = await temporaryFolder()
    await git(cwd, 'init')
    await git(cwd, 'commit', '--allow-empty', '--message', 'Begin')
    await git(cwd, 'switch', '--detach')
    expect((await vmcast({ cwd }, 'init', '--yes')).stderr).toContain('the branch main will publish')
  })

  test.each(["a'b", 'c++', '${{github.token}}', 'ä', '!x', 'a`b'])(
    'never a branch called %s',
    async (branch) => {
      const cwd = await temporaryFolder()
      await git(cwd, 'init', '--initial-branch', branch)
      const { status, stderr } = await vmcast({ cwd }, 'init', '--yes')
      expect([status, stderr]).toEqual([
        1,
        expect.stringContaining('A workflow cannot name the branch') as unknown,
      ])
      expect(await there(cwd)).toEqual([])
    },
  )

  test('not below its top, where GitHub looks for no workflow', async () => {
    const top = await temporaryFolder()
    await git(top, 'init')
    const cwd = join(top, 'images')
    const { status, stderr } = await vmcast({ cwd: top }, 'init', '--yes', '--repo', 'images')
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${cwd} lies inside the git repository`) as unknown,
    ])
    expect(await there(cwd)).toEqual([])
  })
})

describe('where vmcast.yaml is there', () => {
  const S3 = `targets:
  - match: https://vm.example.org/cloud/
    to: s3://my-bucket/
signing:
  certificate: owen.pem
`
  const PUBLISH = '.github/workflows/vmcast-publish.yml'

  test('it says where to publish, and its own list and image are enough', async () => {
    const cwd = await temporaryFolder()
    const mine = { 'vmcast.yaml': S3, 'imagelists/mine.yaml': 'images: [mine]\n', 'images/mine.yaml': '{}\n' }
    for (const [file, text] of Object.entries(mine)) await write(cwd, file, text)
    const { status, stdout } = await vmcast({ cwd }, 'init', '--yes')
    expect([status, told(stdout, 'kept'), told(stdout, 'differs')]).toEqual([0, ['vmcast.yaml'], []])
    expect((await there(cwd)).filter((file) => /^image/.test(file)).sort()).toEqual([
      'imagelists/mine.yaml',
      'images/mine.yaml',
    ])
    const workflow = await read(cwd, PUBLISH)
    expect(workflow).toContain('AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}')
    expect(workflow).not.toContain('VMCAST_SSH_KEY')
    const readme = await read(cwd, 'README.md')
    expect(readme).toContain('published below https://vm.example.org/cloud/:')
    expect(readme).toContain('the key of `owen.pem`')
    for (const file of ['README.md', '.github/CODEOWNERS', '.vscode/settings.json'])
      expect(await read(cwd, file)).not.toMatch(/images\.example\.org|examples?\.yaml|robotcert/)
  })

  test.each(['imagelists', 'images'])('no example where %s holds something', async (folder) => {
    const cwd = await temporaryFolder()
    await write(cwd, `${folder}/mine.yml`, '')
    await vmcast({ cwd }, 'init', '--yes')
    expect((await there(cwd)).filter((file) => /^image/.test(file))).toEqual([`${folder}/mine.yml`])
  })

  test('the first list and image are below its address', async () => {
    const cwd = await temporaryFolder()
    await write(cwd, 'vmcast.yaml', S3)
    expect((await vmcast({ cwd }, 'init', '--publish', 'robot')).status).toBe(0)
    expect(parse(await read(cwd, 'imagelists/example.yaml'))).toMatchObject({
      'hv:uri': 'https://vm.example.org/cloud/lists/example.list',
    })
  })

  test('jobs have what all of its targets take, by their names', async () => {
    const cwd = await temporaryFolder()
    const targets = [
      { match: 'https://a.example.org/', to: 'sftp://me@a.example.org/www/' },
      {
        match: 'https://b.example.org/',
        to: 's3://bucket/',
        name: 'store',
        endpoint: 'https://S3.example.org:9000',
      },
      { match: 'https://c.example.org/', to: 'davs://c.example.org/www/', name: 'the-disk' },
      {
        match: 'https://e.example.org/',
        to: 's3://elsewhere/',
        name: 'e',
        endpoint: "https://it's.example.org",
      },
    ]
    await write(cwd, 'vmcast.yaml', JSON.stringify({ targets }))
    await vmcast({ cwd }, 'init', '--yes', '--to', 's3://bucket/')
    const { jobs } = parse(await read(cwd, '.github/workflows/vmcast-renew.yml')) as {
      jobs: { renew: { steps: { env?: Record<string, string> }[] } }
    }
    const secrets = ['VMCAST_X509_KEY', 'VMCAST_X509_PASSPHRASE', 'VMCAST_SSH_KEY', 'AWS_ACCESS_KEY_ID']
    expect(jobs.renew.steps.at(-1)?.env).toEqual({
      ...Object.fromEntries(
        [...secrets, 'AWS_SECRET_ACCESS_KEY', 'VMCAST_TOKEN_THE_DISK'].map((name) => [
          name,
          `\${{ secrets.${name} }}`,
        ]),
      ),
      VMCAST_S3_STORE_HOST: 'S3.example.org:9000',
      VMCAST_TOKEN_THE_DISK_HOST: 'c.example.org',
    })
    expect(await read(cwd, 'README.md')).toContain('published below https://b.example.org/:')
  })

  test.each([
    ['--address', 'https://other.example.org/'],
    ['--to', 'sftp://me@vm.example.org/www/'],
  ])('%s that contradicts it is refused', async (option, value) => {
    const cwd = await temporaryFolder()
    await write(cwd, 'vmcast.yaml', S3)
    const { status, stderr } = await vmcast({ cwd }, 'init', '--yes', option, value)
    expect([status, stderr]).toEqual([1, expect.stringContaining(`Leave ${option} out`) as unknown])
    expect(await there(cwd)).toEqual(['vmcast.yaml'])
  })

  test.each(['https://a.example.org/', 'https://b.example.org/'])('%s that agrees is not', async (match) => {
    const cwd = await temporaryFolder()
    await write(cwd, 'vmcast.yaml', S3.replace('https://vm.example.org/cloud/', match))
    const { status } = await vmcast({ cwd }, 'init', '--yes', '--address', match, '--to', 's3://my-bucket/')
    expect(status).toBe(0)
  })

  test.each([
    ['', 'has 1 fault'],
    ['targets: [', 'has 1 fault'],
    ['targets: []', 'does not say rightly where to publish'],
    [S3.replace('s3:', 's4:'), 'does not say rightly where to publish'],
    [
      S3.replace('signing', "    name: 'x: ${{ secrets.A }}'\nsigning"),
      'does not say rightly where to publish',
    ],
    [S3.replace('signing', '  - match: nowhere\nsigning'), 'does not say rightly where to publish'],
  ])('nobody guesses what %j should say', async (text, said) => {
    const cwd = await temporaryFolder()
    await write(cwd, 'vmcast.yaml', text)
    const { status, stderr } = await vmcast({ cwd }, 'init', '--yes')
    expect([status, stderr]).toEqual([1, expect.stringContaining(said) as unknown])
    expect(await there(cwd)).toEqual(['vmcast.yaml'])
  })

  test('nor where it leads out of the repository', async () => {
    const [cwd, outside] = [await temporaryFolder(), await temporaryFolder()]
    await write(outside, 'vmcast.yaml', S3)
    await symlink(join(outside, 'vmcast.yaml'), join(cwd, 'vmcast.yaml'))
    expect((await vmcast({ cwd }, 'init', '--yes')).stderr).toContain('leads out of the repository')
    expect(await there(cwd)).toEqual([])
  })

  test('another way of publishing is told of: what differs, and what is left of the first', async () => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes')
    const { status, stdout, stderr } = await vmcast({ cwd }, 'init', '--yes', '--publish', 'person')
    expect([status, told(stdout, 'differs')]).toEqual([0, ['README.md', PUBLISH]])
    expect(stderr).toContain('GitHub runs .github/workflows/vmcast-renew.yml, too')
    expect(stderr).not.toContain('vmcast-plan.yml')
    // Moved away as it says, nothing is left to say.
    for (const file of ['README.md', PUBLISH, '.github/workflows/vmcast-renew.yml']) await rm(join(cwd, file))
    const again = await vmcast({ cwd }, 'init', '--yes', '--publish', 'person')
    expect(told(again.stdout, 'written')).toEqual(['README.md', PUBLISH])
    expect(again.stderr).not.toMatch(/differs|, too/)
    // vmcast.yaml says who signs.
    expect(await read(cwd, 'README.md')).toContain('`robotcert.pem`')
  })
})

describe('through links', () => {
  test('nothing is written, neither over one nor behind one', async () => {
    const [cwd, outside] = [await temporaryFolder(), await temporaryFolder()]
    await symlink(join(outside, 'made'), join(cwd, '.gitignore'))
    const { stdout } = await vmcast({ cwd }, 'init', '--yes')
    expect(told(stdout, 'differs')).toEqual(['.gitignore'])
    expect(await there(outside)).toEqual([])
  })

  test.each(['.github', 'images', 'schema', 'trust'])('not behind %s', async (folder) => {
    const [cwd, outside] = [await temporaryFolder(), await temporaryFolder()]
    await symlink(outside, join(cwd, folder))
    const { status, stderr } = await vmcast({ cwd }, 'init', '--yes')
    expect([status, stderr]).toEqual([1, expect.stringContaining('out of the repository') as unknown])
    expect((await execa('ls', ['-A', outside])).stdout).toBe('')
  })
})

describe('what it is told', () => {
  test('addresses and the target are written as they are', async () => {
    const cwd = await temporaryFolder()
    const given = ['--address', 'https://vm.example.org:8443/cloud/', '--to', 's3://images/cloud/']
    expect((await vmcast({ cwd }, 'init', '--yes', ...given)).status).toBe(0)
    expect(parse(await read(cwd, 'vmcast.yaml'))).toMatchObject({
      targets: [{ match: 'https://vm.example.org:8443/cloud/', to: 's3://images/cloud/', region: '' }],
    })
    expect((await vmcast({ cwd }, 'validate')).stdout).toContain('targets[0]/region is empty.')
    expect(parse(await read(cwd, 'imagelists/example.yaml'))).toMatchObject({
      'dc:source': 'vm.example.org',
      'hv:uri': 'https://vm.example.org:8443/cloud/lists/example.list',
    })
    expect(parse(await read(cwd, 'images/example.yaml'))).toMatchObject({
      'hv:uri': 'https://vm.example.org:8443/cloud/images/',
    })
  })

  test('an identifier in the target is no identifier to be made anew', async () => {
    const cwd = await temporaryFolder()
    const to = 's3://bucket/4e186b44-2c64-40ea-97d5-e9e5c0bce059/'
    await vmcast({ cwd }, 'init', '--yes', '--to', to)
    expect(parse(await read(cwd, 'vmcast.yaml'))).toMatchObject({ targets: [{ to }] })
  })

  test('without a target, it is the machine that serves the addresses', async () => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes', '--address', 'https://vm.example.org/')
    expect(await read(cwd, 'vmcast.yaml')).toContain('to: sftp://publisher@vm.example.org/srv/www/ #')
  })

  const RENEW = '.github/workflows/vmcast-renew.yml'
  test.each([
    ['sftp://me@images.example.org/www/', ['VMCAST_SSH_KEY'], {}],
    ['s3://images/', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], {}],
    ['davs://[::1]:8443/images/', ['VMCAST_TOKEN_STORAGE'], { VMCAST_TOKEN_STORAGE_HOST: '[::1]:8443' }],
    ['root://se.example.org/images/', [], {}],
    ['file:./public/', [], {}],
  ])('jobs that write to %s have what that takes', async (to, secrets, others) => {
    const cwd = await temporaryFolder()
    expect((await vmcast({ cwd }, 'init', '--yes', '--to', to)).stderr).not.toContain('Error')
    const { jobs } = parse(await read(cwd, RENEW)) as {
      jobs: { renew: { steps: { env?: Record<string, string> }[] } }
    }
    const all = ['VMCAST_X509_KEY', 'VMCAST_X509_PASSPHRASE', ...secrets]
    expect(jobs.renew.steps.at(-1)?.env).toEqual({
      ...Object.fromEntries(all.map((name) => [name, `\${{ secrets.${name} }}`])),
      ...others,
    })
    const readme = await read(cwd, 'README.md')
    for (const name of all) expect(readme).toContain(`| \`${name}\``)
  })

  test.each([
    ['robot', ['vmcast-plan.yml', 'vmcast-publish.yml', 'vmcast-renew.yml']],
    ['many', ['vmcast-plan.yml', 'vmcast-publish.yml', 'vmcast-renew.yml']],
    ['person', ['vmcast-plan.yml', 'vmcast-prepare.yml', 'vmcast-publish.yml', 'vmcast-status.yml']],
  ])('%s has its own workflows and instructions', async (publish, workflows) => {
    const cwd = await temporaryFolder()
    await vmcast({ cwd }, 'init', '--yes', '--publish', publish)
    const certificate = publish === 'person' ? 'usercert.pem' : 'robotcert.pem'
    expect(parse(await read(cwd, 'vmcast.yaml'))).toMatchObject({ signing: { certificate } })
    expect(await read(cwd, 'README.md')).toContain(`\`${certificate}\``)
    expect((await read(cwd, 'README.md')).includes('VMCAST_X509_PASSPHRASE')).toBe(publish !== 'person')
    expect((await there(cwd)).filter((file) => file.startsWith('.github/workflows/'))).toEqual(
      workflows.map((file) => `.github/workflows/${file}`),
    )
  })

  test.each([
    ['--address', 'images.example.org'],
    ['--address', 'https://images.example.org/a'],
    ['--address', 'https://me@images.example.org/'],
    ['--address', 'https://images.example.org/a/../b/'],
    ['--address', "https://images.example.org/a'b/"],
    ['--to', 'ftp://images.example.org/'],
    ['--to', 'sftp://me:secret@images.example.org/'],
    ['--to', 'file:./public/\n    public: false'],
    ['--to', 'file:./a #b/'],
    ['--publish', 'nobody'],
    ['--publish', 'constructor'],
  ])('%s is not %s', async (option, value) => {
    const cwd = await temporaryFolder()
    const { status, stderr } = await vmcast({ cwd }, 'init', '--yes', option, value)
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`Error: ${option} cannot be that`) as unknown,
    ])
    expect(await there(cwd)).toEqual([])
  })

  test('who is not to be asked has to say so', async () => {
    const cwd = await temporaryFolder()
    const { status, stderr } = await vmcast({ cwd }, 'init')
    expect([status, stderr]).toEqual([1, expect.stringContaining('Give --yes') as unknown])
    expect(await there(cwd)).toEqual([])
  })

  test('who has said everything is not asked', async () => {
    const cwd = await temporaryFolder()
    const all = ['--address', 'https://vm.example.org/', '--to', 's3://images/', '--publish', 'many']
    expect((await vmcast({ cwd }, 'init', ...all)).status).toBe(0)
  })
})

test('a folder that cannot be written to is an error, and no half', async () => {
  const cwd = await temporaryFolder()
  await writeFile(join(cwd, 'images'), '')
  const { status, stderr } = await vmcast({ cwd }, 'init', '--yes')
  expect([status, stderr]).toEqual([1, expect.stringContaining('images cannot be written') as unknown])
  expect(await there(cwd)).toEqual(['images'])
})
