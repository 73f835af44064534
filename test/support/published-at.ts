import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  type S3Client,
} from '@aws-sdk/client-s3'
import { issue } from '../../scripts/pki.ts'
import { makePlace } from './s3-place.ts'
import { makeOpen, startApache, type DavServer } from './servers/apache.ts'
import { startCeph } from './servers/ceph.ts'
import { startSshd } from './servers/sshd.ts'

const run = promisify(execFile)

/** A real server that sample repositories publish to through the command line. */
export interface Service {
  readonly port: number
  /** A fresh place at it, of its own. */
  place(): Promise<Spot>
  stop(): Promise<void>
}

/** A place at a server, seen past vmcast. */
export interface Spot {
  /** What leads there by `port` of this machine: lines of vmcast.yaml, and variables. */
  reach(port: number): { readonly target: readonly string[]; readonly env: Readonly<Record<string, string>> }
  /** Everything that lies there, by key: staged, hidden and locking files and unfinished uploads too. */
  files(): Promise<ReadonlyMap<string, Buffer>>
  /** Takes one of them away. */
  drop(key: string): Promise<void>
  remove(): Promise<void>
  /** Where that is on this machine. */
  readonly folder?: string
}

/** A kind of server; `pki` is the folder that `makeAuthority` made, whose endorser a server may have to know. */
export interface Kind {
  readonly name: string
  start(pki: string): Promise<Service>
  /** Images of a list. */
  readonly images: number
  /** Bytes of an image that takes all the steps that an upload can have. */
  readonly bytes: number
  /** Names of what a killed run may leave: what the next one goes on with, locks, and drafts that only a moment needs. */
  readonly unfinished: RegExp
  /** Whether runs are killed and cut off at many moments; at fewer where another kind tests the driver. */
  readonly thorough: boolean
  /** Requests that can be seen on the way to it, where nothing is encrypted; first those that only a first run makes. */
  readonly methods?: readonly string[]
}

/** The folder of a list's history. */
const KEPT = /lists\/[^/]+\.history\//

/** By which sftp hides what it needs for a moment: locks, and drafts. */
const HIDDEN = /\.[^/]+\.(lock|[0-9a-f-]{36}\.tmp)/

/** How the key is given; with a passphrase, it is encrypted. */
interface SshLogin {
  readonly passphrase?: string
  /** In a variable instead of a file. */
  readonly inline?: boolean
}

const sftp = (
  name: string,
  options: readonly string[],
  { passphrase = '', inline = false }: SshLogin = {},
): Kind => ({
  name,
  images: 2,
  bytes: 3_000_000,
  unfinished: new RegExp(
    `^(images/~[^/]+\\.partial|${KEPT.source}~(record|copy)\\.partial|(${KEPT.source}|(images|lists)/)?${HIDDEN.source})$`,
  ),
  thorough: options.length === 0,
  async start() {
    const sshd = await startSshd({ options })
    if (passphrase) await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', sshd.identity])
    const key = inline ? await readFile(sshd.identity, 'utf8') : sshd.identity
    const hostKey = sshd.hostKeys.get('ed25519')?.fingerprint ?? ''
    return {
      port: sshd.port,
      stop: () => sshd.stop(),
      place: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'vmcast-sftp-'))
        return {
          folder,
          reach: (port) => ({
            target: [`to: sftp://${sshd.user}@127.0.0.1:${port}${folder}/`, `hostKey: ${hostKey}`],
            env: { VMCAST_SSH_KEY: key, ...(passphrase && { VMCAST_SSH_PASSPHRASE: passphrase }) },
          }),
          files: () => filesBelow(folder),
          drop: (key) => rm(join(folder, key)),
          remove: () => rm(folder, { recursive: true }),
        }
      },
    }
  },
})

export const SFTP = sftp('sftp', [])
export const SFTP_ONLY = sftp('sftp without a shell', ['ForceCommand internal-sftp'])

/** With a key that a passphrase opens, and with one in a variable. */
export const SFTP_PASSPHRASE = sftp('sftp with a passphrase', [], {
  passphrase: 'correct horse/battery+staple?',
})
export const SFTP_INLINE = sftp('sftp with a key in a variable', [], { inline: true })

async function makeTls(pki: string) {
  const papers = join(pki, 'authority')
  const ca = { certificate: join(papers, 'ca.cert.pem'), key: join(papers, 'ca.key.pem') }
  const server = await issue(papers, 'server', ca, {
    subject: '/DC=org/DC=example/CN=localhost',
    kind: 'p256',
    extensions: ['subjectAltName = DNS:localhost'],
  })
  return { ca, server }
}

/** What all web servers have in common. */
const DAV_SAMPLE = {
  images: 2,
  bytes: 3_000_000,
  unfinished: new RegExp(`^(images/|${KEPT.source})?(~vmcast\\.probe|~[^/]+\\.(partial|lock))$`),
  thorough: true,
} as const

/** With a password instead of a certificate. */
export const DAVS_PASSWORD: Kind = {
  ...DAV_SAMPLE,
  name: 'davs with a password',
  async start(pki) {
    const { ca, server } = await makeTls(pki)
    const login = { user: 'owen', password: 'a pass/word+with: everything?' }
    return davService(
      await startApache({ tls: { server }, login }),
      (port, name) => [
        `to: davs://${login.user}@localhost:${port}/${name}/`,
        'name: web',
        `ca: ${ca.certificate}`,
      ],
      (port) => ({
        VMCAST_PASSWORD_WEB: login.password,
        VMCAST_PASSWORD_WEB_HOST: `localhost:${port}`,
      }),
    )
  },
}

/** With a token (a macaroon, at dCache). */
export const DAVS_TOKEN: Kind = {
  ...DAV_SAMPLE,
  name: 'davs with a token',
  async start(pki) {
    const { ca, server } = await makeTls(pki)
    const token = 'MDAxY2xvY2F0aW9u+macaroon/of_Owen-Synge=='
    return davService(
      await startApache({ tls: { server }, token }),
      (port, name) => [`to: davs://localhost:${port}/${name}/`, 'name: web', `ca: ${ca.certificate}`],
      (port) => ({ VMCAST_TOKEN_WEB: token, VMCAST_TOKEN_WEB_HOST: `localhost:${port}` }),
    )
  },
}

export const DAVS: Kind = {
  ...DAV_SAMPLE,
  name: 'davs',
  async start(pki) {
    const { ca, server } = await makeTls(pki)
    const apache = await startApache({ tls: { server, ca: ca.certificate } })
    return davService(apache, (port, name) => [
      `to: davs://localhost:${port}/${name}/`,
      `ca: ${ca.certificate}`,
    ])
  },
}

/** For what has to be seen on the way. */
export const DAV: Kind = {
  ...DAV_SAMPLE,
  name: 'dav',
  methods: ['MKCOL', 'GET', 'HEAD', 'PUT', 'MOVE', 'LOCK', 'UNLOCK'],
  start: async () =>
    davService(await startApache({}), (port, name) => [`to: dav://localhost:${port}/${name}/`]),
}

function davService(
  apache: DavServer,
  target: (port: number, name: string) => string[],
  env: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Service {
  let places = 0
  const { port, root } = apache
  return {
    port,
    stop: () => apache.stop(),
    place: async () => {
      const name = `place-${places++}`
      await makeOpen(join(root, name))
      return {
        folder: join(root, name),
        reach: (by) => ({ target: target(by, name), env: env(by) }),
        files: () => filesBelow(join(root, name)),
        drop: (key) => rm(join(root, name, key)),
        remove: () => rm(join(root, name), { recursive: true }),
      }
    },
  }
}

const PREFIX = 'some/prefix/'

export const S3: Kind = {
  name: 's3',
  images: 1,
  bytes: 9_000_000, // two parts
  unfinished: /^(\.vmcast-probe|.+ \(unfinished\))$/,
  thorough: true,
  methods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
  async start() {
    const ceph = await startCeph()
    return {
      port: Number(new URL(ceph.endpoint).port),
      stop: () => ceph.stop(),
      place: async () => {
        const place = await makePlace(ceph)
        const { bucket, client } = place
        return {
          reach: (port) => ({
            target: [`to: s3://${bucket}/${PREFIX}`, 'name: store', `endpoint: http://127.0.0.1:${port}`],
            env: {
              AWS_ACCESS_KEY_ID: ceph.accessKey,
              AWS_SECRET_ACCESS_KEY: ceph.secretKey,
              AWS_SESSION_TOKEN: 'a+session/token==',
              VMCAST_S3_STORE_HOST: `127.0.0.1:${port}`,
            },
          }),
          files: () => objectsOf(client, bucket),
          drop: async (key) => {
            await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: PREFIX + key }))
          },
          remove: () => place.remove(),
        }
      },
    }
  },
}

/** All but Apache's books on locks, which it keeps beside what it serves; what vanishes meanwhile is not there. */
async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = entries
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => !path.split(sep).includes('.DAV'))
    .map(async (path) => [relative(folder, path), await readFile(path).catch(() => null)] as const)
  return new Map((await Promise.all(found)).flatMap(([key, bytes]) => (bytes ? [[key, bytes] as const] : [])))
}

/** The same of a bucket, for as many objects as a test has. */
async function objectsOf(client: S3Client, bucket: string): Promise<Map<string, Buffer>> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
  const found = Contents.map(async ({ Key: key = '' }) => {
    const bytes = await objectOf(client, bucket, key)
    return bytes ? [[key.replace(PREFIX, ''), bytes] as const] : []
  })
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  const unfinished = Uploads.map(({ Key = '' }) => [`${Key} (unfinished)`, Buffer.alloc(0)] as const)
  return new Map([...(await Promise.all(found)).flat(), ...unfinished])
}

async function objectOf(client: S3Client, bucket: string, key: string): Promise<Buffer | null> {
  try {
    const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return Buffer.from((await body?.transformToByteArray()) ?? [])
  } catch (error) {
    if (error instanceof NoSuchKey) return null
    throw error
  }
}
