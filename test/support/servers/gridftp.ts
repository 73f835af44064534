import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  makeTrustFolder,
  openssl,
  type Identity,
} from '../../../scripts/pki.ts'

/** A Globus GridFTP server on 127.0.0.1, with a CA, a user whom it knows, and a folder for the user's files. */
export interface GridFtp {
  readonly port: number
  /** What it serves, under its own path. */
  readonly files: string
  readonly user: Identity
  /** Under the same CA, but in nobody's gridmap. */
  readonly stranger: Identity
  /** What a program needs to know to be the user. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const CA_DN = '/DC=org/DC=example/CN=Grid CA'
const USER_DN = '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge'
const HOST_EXTENSIONS = [
  'basicConstraints = critical, CA:FALSE',
  'keyUsage = critical, digitalSignature, keyEncipherment',
  'extendedKeyUsage = serverAuth, clientAuth',
  'subjectAltName = DNS:localhost',
]

/** The user is root where the tests are: a server that is not root's can be nobody else. */
export async function startGridFtp(): Promise<GridFtp> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-gridftp-'))
  const files = join(folder, 'files')
  await mkdir(files)
  const { trust, host, user, stranger } = await makeCertificates(folder)
  const gridmap = join(folder, 'gridmap')
  await writeFile(gridmap, `"${USER_DN}" ${userInfo().username}\n`)
  const port = await freePort()
  const server = spawn(
    'globus-gridftp-server',
    [
      ...['-c', '/dev/null', '-daemon', '-no-detach', '-allow-root', '-port', String(port)],
      ...['-control-interface', '127.0.0.1', '-data-interface', '127.0.0.1'],
    ],
    {
      stdio: 'ignore',
      env: {
        PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`,
        X509_CERT_DIR: trust,
        X509_USER_CERT: host.certificate,
        X509_USER_KEY: host.key,
        GRIDMAP: gridmap,
      },
    },
  )
  const ended = once(server, 'close')
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until(() => answers(port))
  } catch (error) {
    await stop()
    throw error
  }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    X509_CERT_DIR: trust,
    X509_USER_CERT: user.certificate,
    X509_USER_KEY: user.key,
  }
  return { port, files, user, stranger, env, stop }
}

/** RSA for all: with the key of a P-256 user the server wants to make a proxy of 256 bits of RSA, and fails. */
async function makeCertificates(folder: string) {
  const of = (name: string, issuer: Identity | null, subject: string, extensions: readonly string[]) =>
    issue(folder, name, issuer, { subject, kind: 'rsa', extensions })
  const ca = await of('ca', null, CA_DN, AUTHORITY_EXTENSIONS)
  const host = await of('host', ca, '/DC=org/DC=example/CN=localhost', HOST_EXTENSIONS)
  const user = await of('user', ca, USER_DN, ENDORSER_EXTENSIONS)
  const stranger = await of('stranger', ca, '/DC=org/DC=example/CN=Nobody Known', ENDORSER_EXTENSIONS)
  const trust = await makeTrustFolder(join(folder, 'trust'), [ca])
  const hash = (await openssl(folder, 'x509', '-noout', '-hash', '-in', ca.certificate)).trim()
  const policy = [
    `access_id_CA X509 '${CA_DN}'`,
    'pos_rights globus CA:sign',
    `cond_subjects globus '"/DC=org/DC=example/*"'`,
  ]
  await writeFile(join(trust, `${hash}.signing_policy`), `${policy.join('\n')}\n`)
  return { trust, host, user, stranger }
}

/** A port below those that the system gives away by itself. */
export async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      resolve(true)
    })
  })
  if (!isFree) return await freePort()
  server.close()
  await once(server, 'close')
  return port
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => {
      resolve(false)
    })
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
  })

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let at = 0; at < 200; at++) {
    if (await holds()) return
    await sleep(50)
  }
  throw new Error('The GridFTP server did not come up.')
}
