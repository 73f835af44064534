import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCrl, makeTrustFolder } from '../../scripts/pki.ts'
import { formatTime } from '../../src/dates.ts'
import { serialize } from '../../src/list/compose.ts'
import { countersignMessage, openMessage, sign } from '../../src/list/smime.ts'
import { vmcast } from '../support/cli.ts'
import { CA_DN, makePki, signerOf, type Pki } from '../support/pki.ts'
import { MENDED_SEED } from '../support/seed.ts'

const BYTES = Buffer.alloc(3_000_000, 'the bytes of an image ')
const SUM = createHash('sha512').update(BYTES).digest('hex')
const NOW = new Date()
const DN = '/DC=org/DC=example/OU=People/CN=Owen Synge usual'

let pki: Pki
let server: Server
let web: string
const lists = new Map<string, Uint8Array>()

beforeAll(async () => {
  pki = await makePki()
  server = createServer((request, response) => {
    const list = lists.get(request.url ?? '')
    if (list) response.end(list)
    else if (request.url === '/image') response.end(BYTES)
    else if (request.url === '/short') response.end(BYTES.subarray(1))
    else if (request.url === '/other') response.end(Buffer.from(BYTES).fill('x', 2_000_000, 2_000_001))
    else if (request.url === '/endless') {
      const more = () => response.write(BYTES, (error) => (error ? undefined : more()))
      more()
    } else if (request.url?.startsWith('/moved'))
      response.writeHead(302, { location: request.url.replace('/moved', '') }).end()
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await pki.remove()
})

/** Signs a list of images at these addresses into a file, and puts it on the web; its name. */
async function publish(
  name: string,
  addresses: readonly string[],
  keys: Record<string, string> = {},
): Promise<string> {
  const identity = await pki.endorser('usual')
  const image = (uri: string, index: number) => ({
    'hv:image': {
      'dc:identifier': `488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3${index}`,
      'dc:title': `Image ${index}`,
      'dc:description': 'an image',
      'hv:hypervisor': 'kvm',
      'hv:size': BYTES.length,
      'hv:uri': uri,
      'hv:version': '0.0.1',
      'sl:arch': 'x86_64',
      'sl:checksum:sha512': SUM,
      'sl:comments': '',
      'sl:os': 'Linux',
      'sl:osversion': '12',
    },
  })
  const list = {
    'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
    'dc:title': 'README example',
    'dc:description': 'a README example of an image list',
    'dc:source': 'example.org',
    'dc:date:created': formatTime(NOW),
    'dc:date:expires': formatTime(new Date(NOW.getTime() + 3_600_000)),
    'hv:endorser': {
      'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org', 'hv:dn': DN, 'hv:ca': CA_DN },
    },
    'hv:images': addresses.map(image),
    'hv:uri': `${web}/${name}`,
    'hv:version': '0.0.1',
    ...keys,
  }
  const message = await sign(serialize({ 'hv:imagelist': list }), await signerOf(identity), NOW)
  lists.set(`/${name}`, message)
  await writeFile(join(pki.folder, name), message)
  return name
}

const verify = (...args: string[]) => vmcast({ cwd: pki.folder }, 'verify', ...args)

describe('vmcast verify', () => {
  it('a good list: from a file and from the web', async () => {
    const name = await publish('good.list', [])
    const file = await verify(name, '--ca', 'trust', '--dn', DN, '--issuer', CA_DN)
    expect(file).toMatchObject({ status: 0, stderr: '' })
    expect(file.stdout.split('\n').filter((line) => line !== '')).toHaveLength(8)
    expect(file.stdout).not.toMatch(/FAILED|warning/)
    const remote = await verify(`${web}/${name}`, '--ca', 'trust')
    expect(remote).toMatchObject({ status: 0, stderr: '' })
    expect(remote.stdout).toContain('It is at the address that it names.')
  })

  it('warns where nobody can say whether certificates were revoked; trust.crl: require refuses', async () => {
    const name = await publish('unsaid.list', [])
    await makeTrustFolder(join(pki.folder, 'silent'), [pki.ca])
    const warned = await verify(name, '--ca', 'silent')
    expect(warned.status).toBe(0)
    expect(warned.stdout).toContain(`there is no revocation list of ${CA_DN}.`)
    await mkdir(join(pki.folder, 'strict'))
    await writeFile(join(pki.folder, 'strict/vmcast.yaml'), 'trust:\n  ca: ../silent\n  crl: require\n')
    const refused = await verify(name, '--repo', 'strict')
    expect(refused.status).toBe(1)
    expect(refused.stdout).toMatch(/FAILED {3}Its signer is not trusted: nobody can say/)
  })

  it('refuses what a revoked certificate signed', async () => {
    const name = await publish('revoked.list', [])
    const bytes = await readFile(join(pki.folder, name))
    const serial = openMessage(bytes).signer.x509.serialNumber
    const crl = await makeCrl(pki.folder, 'revoking', pki.ca, { revoked: [{ serial, on: NOW }] })
    await makeTrustFolder(join(pki.folder, 'revoking'), [pki.ca], [crl])
    const refused = await verify(name, '--ca', 'revoking')
    expect(refused.status).toBe(1)
    expect(refused.stdout).toContain(`the certificate ${DN} was revoked on ${formatTime(NOW)}`)
  })

  it('takes the trust of vmcast.yaml, then of the environment, and none but that', async () => {
    const name = await publish('trust.list', [])
    const repo = join(pki.folder, 'repo')
    await mkdir(repo)
    await writeFile(join(repo, 'vmcast.yaml'), 'trust:\n  ca: ../trust\n')
    expect((await verify(name, '--repo', 'repo')).status).toBe(0)
    const env = { X509_CERT_DIR: pki.trust }
    expect((await vmcast({ cwd: pki.folder, env }, 'verify', name)).status).toBe(0)
    const without = await verify(name)
    expect(without.status).toBe(1)
    expect(without.stderr).toContain('There is no CA to trust')
  })

  it('demands countersigners by name, and those whom vmcast.yaml demands unless --ca is given', async () => {
    const name = await publish('countersigned.list', [])
    const second = await signerOf(await pki.endorser('second', 'rsa'))
    const message = await countersignMessage(lists.get(`/${name}`) ?? Buffer.alloc(0), second, NOW)
    await writeFile(join(pki.folder, 'both.list'), message)
    const demanded = ['--ca', 'trust', '--countersigner', second.dn]
    const { status, stdout } = await verify('both.list', ...demanded)
    expect(status).toBe(0)
    expect(stdout).toContain(`ok       It is countersigned by ${second.dn} (`)
    const missed = await verify('both.list', ...demanded, '--countersigner', '/CN=Other')
    expect(missed.stdout).toContain('FAILED   It is not countersigned by /CN=Other.')
    expect(missed.status).toBe(1)
    expect((await verify(name, ...demanded)).status).toBe(1)

    const endorsers = [DN, second.dn].map((dn) => `    - dn: ${dn}\n      ca: ${CA_DN}\n`)
    await mkdir(join(pki.folder, 'two'))
    const config = `trust:\n  ca: ../trust\n  endorsers:\n${endorsers.join('')}`
    await writeFile(join(pki.folder, 'two/vmcast.yaml'), config)
    expect((await verify('both.list', '--repo', 'two')).status).toBe(0)
    const lacking = await verify(name, '--repo', 'two')
    expect(lacking.stdout).toContain(
      `FAILED   It is not signed or countersigned by ${second.dn} (of ${CA_DN}).`,
    )
    expect(lacking.status).toBe(1)
    expect((await verify(name, '--repo', 'two', '--ca', 'trust')).status).toBe(0)
  })

  it('names every failure, and exits 1', async () => {
    const name = await publish('bad.list', [], { 'dc:date:expires': '2011-04-07T17:09:12Z' })
    const { status, stdout } = await verify(name, '--ca', 'trust', '--dn', '/CN=Alice')
    expect(status).toBe(1)
    expect(stdout).toContain(`FAILED   Its signer is ${DN}, not /CN=Alice.`)
    expect(stdout).toContain('FAILED   Its dates are wrong: it expired at 2011-04-07T17:09:12Z.')
    const { stdout: json } = await verify(name, '--ca', 'trust', '--json')
    expect(JSON.parse(json)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'dates', result: 'failed' }),
      ]) as unknown,
    })
  })

  it('the message of 2011: signed with SHA-1, ended, and no CA', async () => {
    await writeFile(join(pki.folder, 'mended.msg'), MENDED_SEED)
    const { status, stdout } = await verify('mended.msg', '--ca', 'trust')
    expect(status).toBe(1)
    expect(stdout).toMatch(/^ok {7}Its signature by \/C=DE\/O=GermanGrid\/OU=DESY\/CN=Owen Synge is intact/)
    expect(stdout).toContain('warning  It is signed with SHA-1.')
    expect(stdout).toContain('ended on 2011-02-04T15:19:22Z; no trusted certificate of its CA')
  })

  it('refuses a list whose address redirects, is not there, or cannot be read', async () => {
    await publish('moved.list', [])
    expect((await verify(`${web}/moved/moved.list`, '--ca', 'trust')).stderr).toContain('redirects to')
    expect(await verify(`${web}/nothing`, '--ca', 'trust')).toMatchObject({ status: 1 })
    expect(await verify('nothing.list', '--ca', 'trust')).toMatchObject({ status: 1 })
    expect(await verify('.', '--ca', 'trust')).toMatchObject({ status: 1, stdout: '' })
  })

  it('shows what a list says without letting it act on the terminal', async () => {
    const name = await publish('hostile.list', [], { 'dc:date:expires': '\u001b[2J\u202e' })
    const { stdout } = await verify(name, '--ca', 'trust')
    expect(stdout).toContain('dc:date:expires is no')
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('\u202e')
  })
})

describe('vmcast verify --images', () => {
  it('reads every file: http, redirected, and file', async () => {
    const path = join(pki.folder, 'image.img')
    await writeFile(path, BYTES)
    const name = await publish('images.list', [
      `${web}/image`,
      `${web}/moved/image`,
      pathToFileURL(path).href,
    ])
    const { status, stdout } = await verify(name, '--ca', 'trust', '--images')
    expect(stdout.match(/is the one on the list/g)).toHaveLength(3)
    // The format itself knows only web addresses.
    expect(stdout.match(/FAILED.*/g)).toEqual([expect.stringContaining('is not an http or https address')])
    expect(status).toBe(1)
    const web3 = await publish('web.list', [`${web}/image`, `${web}/moved/image`])
    expect((await verify(web3, '--ca', 'trust', '--images')).status).toBe(0)
  })

  it('names each that is not what the list says, and reads no endless one', async () => {
    const paths = ['short', 'other', 'endless', 'gone']
    const name = await publish(
      'wrong.list',
      paths.map((path) => `${web}/${path}`),
    )
    const { status, stdout } = await verify(name, '--ca', 'trust', '--images')
    expect(status).toBe(1)
    for (const reason of [
      'it has 2999999 bytes, not 3000000',
      'its sha512 is ',
      'it has more than 3000000 bytes',
    ])
      expect(stdout).toContain(`is not what the list says: ${reason}`)
    expect(stdout).toContain(`is out of reach: ${web}/gone cannot be read: the server answers 404`)
  })

  it('names an address that can be no file here', async () => {
    const addresses = ['file://elsewhere/image', 'file:///image%2fother']
    const { status, stdout } = await verify(await publish('odd.list', addresses), '--ca', 'trust', '--images')
    expect(status).toBe(1)
    for (const one of addresses) expect(stdout).toContain(`There is no image file at ${one}.`)
  })

  it('asks for no address that nobody known vouches for', async () => {
    const name = await publish('tampered.list', [`${web}/image`])
    const bytes = (await readFile(join(pki.folder, name), 'utf8')).replace('an image', 'no image')
    await writeFile(join(pki.folder, name), bytes)
    const { status, stdout } = await verify(name, '--ca', 'trust', '--images')
    expect(status).toBe(1)
    expect(stdout).toContain('The image files were not looked at')
    expect(stdout).not.toContain('is the one on the list')
  })
})
