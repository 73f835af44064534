import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, openssl } from '../../scripts/pki.ts'
import { DAY, formatTime } from '../../src/dates.ts'
import { vmcast, type Result } from '../support/cli.ts'
import { composeImported } from '../support/compose-imported.ts'
import { temporaryFolder } from '../support/repository.ts'
import { ALTERED_SEED, MENDED_SEED, seedContent } from '../support/seed.ts'

/** Every file below a folder, with its text. */
async function filesBelow(folder: string): Promise<{ path: string; text: string }[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return await Promise.all(
    files
      .sort()
      .map(async (file) => ({ path: file.slice(folder.length + 1), text: await readFile(file, 'utf8') })),
  )
}

const LIST = 'imagelists/readme-example.yaml'
const IMAGE = 'images/readme-example-vm.yaml'

/** An empty repository with a list beside it; `run` imports that list. */
async function lying(text: string): Promise<{
  repo: string
  run: (...args: string[]) => Promise<Result>
}> {
  const folder = await temporaryFolder()
  const repo = join(folder, 'repo')
  await mkdir(repo)
  await writeFile(join(folder, 'list'), text)
  return { repo, run: (...args) => vmcast({ cwd: folder }, 'import', 'list', '--repo', 'repo', ...args) }
}

async function opensslSays(message: string): Promise<boolean> {
  const { exitCode } = await execa('openssl', ['smime', '-verify', '-noverify'], {
    input: message,
    reject: false,
  })
  return exitCode === 0
}

describe('the message of 2011', () => {
  it('is refused for its altered content, and for nothing else', async () => {
    expect(await opensslSays(ALTERED_SEED)).toBe(false)
    const { repo, run } = await lying(ALTERED_SEED)
    const { status, stdout, stderr } = await run()
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr.split('\n')[0]).toBe(
      'Error: This is not an intact signed image list: its content was changed after it was signed.',
    )
    expect(await filesBelow(repo)).toEqual([])
  })

  it('becomes YAML with --unverified that composes back to the same values', async () => {
    const { repo, run } = await lying(ALTERED_SEED)
    const { status, stdout, stderr } = await run('--unverified')
    expect(status).toBe(0)
    expect(stdout).toBe(`created   ${LIST}\ncreated   ${IMAGE}\n`)
    expect(stderr).toContain('Said to be signed by /C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge')
    expect(stderr).toContain('There is no vmcast.yaml here yet')
    const [list, image] = await filesBelow(repo)
    if (!image || !list) throw new Error('two files were said to be written')
    const content = seedContent(ALTERED_SEED)
    const composed = composeImported(content, { files: [list, image], warnings: [] })
    expect(composed).toEqual(JSON.parse(content))
  })

  it('has a good signature once it is mended, of a certificate that had ended and of a CA that is not there', async () => {
    expect(await opensslSays(MENDED_SEED)).toBe(true)
    const { repo, run } = await lying(MENDED_SEED)
    const { status, stderr } = await run()
    expect(status).toBe(1)
    expect(stderr).toContain(
      'ended on 2011-02-04T15:19:22Z; no trusted certificate of its CA /C=DE/O=GermanGrid/CN=GridKa-CA',
    )
    expect(stderr).not.toContain('changed')
    expect(await filesBelow(repo)).toEqual([])

    const unverified = await run('--unverified')
    expect(unverified.status).toBe(0)
    expect(unverified.stderr).toContain('with SHA-1 on 2011-06-02T17:02:37Z')
  })
})

/** A list that an endorser of a throwaway CA has signed with openssl, in `signed.list` beside their papers. */
async function signedList(): Promise<string> {
  const folder = await temporaryFolder()
  await makeAuthority(folder)
  const content = seedContent(MENDED_SEED)
    .replace('/C=DE/O=GermanGrid/CN=GridKa-CA', '/DC=org/DC=example/CN=Throwaway CA')
    .replace('/C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge', '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge')
  await writeFile(join(folder, 'list.json'), content)
  const signer = ['-signer', 'usercert.pem', '-inkey', 'userkey.pem']
  await openssl(folder, 'smime', '-sign', ...signer, '-in', 'list.json', '-out', 'signed.list')
  return folder
}

describe('a list that its endorser signed', () => {
  it('is imported where its CA is trusted: by --ca, vmcast.yaml or the environment', async () => {
    const cwd = await signedList()
    for (const [name, args, env] of [
      ['flag', ['--ca', 'ca'], {}],
      ['yaml', [], {}],
      ['env', [], { X509_CERT_DIR: join(cwd, 'ca') }],
    ] as const) {
      await mkdir(join(cwd, name))
      if (name === 'yaml')
        await writeFile(join(cwd, name, 'vmcast.yaml'), 'trust:\n  ca: ../ca\nunknown: 1\n')
      const { status, stderr } = await vmcast({ cwd, env }, 'import', 'signed.list', '--repo', name, ...args)
      expect(stderr).toContain('Signed with SHA-256 on ')
      expect(status).toBe(0)
    }
  })

  it('is refused where its CA is not trusted, or another endorser is named in it', async () => {
    const cwd = await signedList()
    const unknown = await vmcast({ cwd }, 'import', 'signed.list')
    expect(unknown.status).toBe(1)
    expect(unknown.stderr).toContain(
      'no trusted certificate of its CA /DC=org/DC=example/CN=Throwaway CA was found',
    )

    await writeFile(join(cwd, 'list.json'), seedContent(MENDED_SEED))
    const signer = ['-signer', 'usercert.pem', '-inkey', 'userkey.pem']
    await openssl(cwd, 'smime', '-sign', ...signer, '-in', 'list.json', '-out', 'signed.list')
    const another = await vmcast({ cwd }, 'import', 'signed.list', '--ca', 'ca')
    expect(another.status).toBe(1)
    expect(another.stderr).toContain('hv:endorser names /C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge')
  })

  it('says what it did as JSON', async () => {
    const cwd = await signedList()
    const { stdout } = await vmcast({ cwd }, 'import', 'signed.list', '--ca', 'ca', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      signature: { dn: '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge', digest: 'SHA-256' },
      files: [
        { file: LIST, state: 'created' },
        { file: IMAGE, state: 'created' },
      ],
      warnings: [],
    })
  })
})

/** A web server for this test; its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a list without a signature', () => {
  const json = seedContent(MENDED_SEED)

  it('is imported from a file, and again without effect, and back only with --force', async () => {
    const { repo, run } = await lying(json)
    const first = await run()
    expect(first.stderr).toContain('It is not signed: nobody vouches for it.')
    expect(first.status).toBe(0)
    expect((await run()).stdout).toBe(`unchanged ${LIST}\nunchanged ${IMAGE}\n`)

    const mine = 'dc:identifier: 488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d\n'
    await writeFile(join(repo, IMAGE), mine)
    const refused = await run()
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain(`Already there, with other content:\n${IMAGE}\n`)
    expect(await readFile(join(repo, IMAGE), 'utf8')).toBe(mine)
    expect((await run('--force')).stdout).toBe(`unchanged ${LIST}\nreplaced  ${IMAGE}\n`)
  })

  it('writes nothing at all if one of its files is in the way', async () => {
    const { repo, run } = await lying(json)
    await mkdir(join(repo, 'images'))
    await writeFile(
      join(repo, 'images', 'mine.yaml'),
      'dc:identifier: 488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d\n',
    )
    expect((await run()).status).toBe(1)
    expect((await filesBelow(repo)).map(({ path }) => path)).toEqual(['images/mine.yaml'])
  })

  it('is refused from the web, where anybody could have taken the signature off', async () => {
    const address = await serve((request, response) => {
      if (request.url?.startsWith('/list')) response.end(json)
      else response.writeHead(404).end()
    })
    const cwd = await temporaryFolder()
    const refused = await vmcast({ cwd }, 'import', `${address}/list`)
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('is not signed, so anybody on the way could have changed it')
    expect(await filesBelow(cwd)).toEqual([])

    const taken = await vmcast({ cwd }, 'import', `${address}/list?token=secret`, '--unverified')
    expect(taken.status).toBe(0)
    const texts = (await filesBelow(cwd)).map(({ text }) => text).join('')
    expect(texts).toContain(`# Imported from ${address}/list.\n`)
    expect(texts + taken.stderr).not.toContain('secret')

    const absent = await vmcast({ cwd }, 'import', `${address}/absent`)
    expect(absent.stderr).toContain(`There is no list at ${address}/absent.`)
  })
})

describe('what is no list', () => {
  it.each([
    ['an empty file', '', 'it is no MIME message'],
    ['an image', '\x7fELF\0\0', 'it is no MIME message'],
    ['JSON of another kind', '{}', 'hv:imagelist is missing'],
    ['broken JSON', '{"hv:imagelist": ', 'it is not JSON'],
  ])('is refused, with or without --unverified: %s', async (_, text, message) => {
    const { repo, run } = await lying(text)
    for (const args of [[], ['--unverified', '--force']]) {
      const { status, stderr } = await run(...args)
      expect(status).toBe(1)
      expect(stderr).toContain(message)
    }
    expect(await filesBelow(repo)).toEqual([])
  })

  it('is said to be missing or unreadable', async () => {
    const cwd = await temporaryFolder()
    expect((await vmcast({ cwd }, 'import', 'nowhere')).stderr).toMatch(/There is no list at .*nowhere/)
    expect((await vmcast({ cwd }, 'import', '.')).stderr).toContain('cannot be read: EISDIR')
  })
})

describe('the repository', () => {
  it('is never left through a symbolic link', async () => {
    const { repo, run } = await lying(seedContent(MENDED_SEED))
    const elsewhere = await temporaryFolder()
    await symlink(elsewhere, join(repo, 'images'))
    const { status, stderr } = await run()
    expect(status).toBe(1)
    expect(stderr).toContain('images cannot be written: it leads out of the repository')
    expect(await readdir(elsewhere)).toEqual([])
  })

  it('stays as it was where nothing can be written', async () => {
    const { repo, run } = await lying(seedContent(MENDED_SEED))
    await writeFile(join(repo, 'images'), '')
    const { status, stderr } = await run()
    expect(status).toBe(1)
    expect(stderr).toContain('cannot be written')
    expect((await filesBelow(repo)).map(({ path }) => path)).toEqual(['images'])
  })
})

/** A list as a predecessor published it into `public/`, with an image that is served at `address`. */
async function predecessor(address: string): Promise<string> {
  const cwd = await signedList()
  const content = (await readFile(join(cwd, 'list.json'), 'utf8'))
    .replace('http://example.org/example-image.img', `${address}/example-image.img`)
    .replace('https://example.org/', 'https://images.example.org/lists/')
    // Within the life of the certificate.
    .replace('2011-03-10T17:09:12Z', formatTime(new Date()))
    .replace('2011-04-07T17:09:12Z', formatTime(new Date(Date.now() + 28 * DAY)))
  await writeFile(join(cwd, 'list.json'), content)
  await mkdir(join(cwd, 'public/lists'), { recursive: true })
  const published = join('public/lists', 'example-image-list.image_list')
  const signer = ['-signer', 'usercert.pem', '-inkey', 'userkey.pem']
  await openssl(cwd, 'smime', '-sign', ...signer, '-in', 'list.json', '-out', published)
  await writeFile(
    join(cwd, 'vmcast.yaml'),
    `targets:
  - match: https://images.example.org/
    to: file:public/
    public: false
signing:
  certificate: usercert.pem
  key: userkey.pem
trust:
  ca: ca/
`,
  )
  return cwd
}

describe('a list of a predecessor', () => {
  it('is taken over: imported, valid, unchanged, and then published with its version going on', async () => {
    const address = await serve((request, response) => {
      response.setHeader('content-length', 2_147_483_648)
      response.writeHead(request.url === '/example-image.img' ? 200 : 404).end()
    })
    const cwd = await predecessor(address)
    const published = 'public/lists/example-image-list.image_list'
    expect((await vmcast({ cwd }, 'import', published)).status).toBe(0)
    expect((await vmcast({ cwd }, 'validate')).status).toBe(0)

    const untouched = await vmcast({ cwd }, 'reconcile')
    expect(untouched.stdout).toContain('version 1 is up to date')

    const yaml = await readFile(join(cwd, LIST), 'utf8')
    await writeFile(join(cwd, LIST), yaml.replace('dc:description: a', 'dc:description: still a'))
    const refused = await vmcast({ cwd }, 'reconcile')
    expect(refused.stdout + refused.stderr).toContain('was not made by vmcast')
    expect(refused.status).toBe(3)
    const adopted = await vmcast({ cwd }, 'reconcile', '--allow', 'adopt')
    expect(adopted).toMatchObject({ status: 0 })

    const before = JSON.parse(await readFile(join(cwd, 'list.json'), 'utf8')) as Published
    const { 'hv:imagelist': after } = JSON.parse(
      await openssl(cwd, 'smime', '-verify', '-in', published, '-CApath', 'ca'),
    ) as Published
    expect(after).toEqual({
      ...before['hv:imagelist'],
      'dc:description': 'still a README example of an image list',
      'hv:version': '2',
      'dc:date:created': after['dc:date:created'],
      'dc:date:expires': after['dc:date:expires'],
    })
  })
})

interface Published {
  readonly 'hv:imagelist': Readonly<Record<string, unknown>>
}
