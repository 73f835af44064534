import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from '../../../scripts/pki.ts'

const MODULES = '/usr/lib/apache2/modules'
const isRoot = process.getuid?.() === 0

/** A web server that files can be written to, on 127.0.0.1. */
export interface DavServer {
  readonly port: number
  /** What it serves as `/`. */
  readonly root: string
  /** All that it has logged. */
  log(): Promise<string>
  /** What it was asked, a line each: method, path, the header Content-Range or `-`, status. */
  requests(): Promise<string[]>
  stop(): Promise<void>
}

export interface ApacheWish {
  /** Speaks TLS with this certificate; clients need one of `ca` where that is given. */
  readonly tls?: { readonly server: Identity; readonly ca?: string }
  /** Asks for this password. */
  readonly login?: { readonly user: string; readonly password: string }
  /** Lets nobody in but who bears this token. */
  readonly token?: string
  readonly root?: string
  readonly locks?: boolean
  /** Strong ETags at once; else they are weak for a second after a write, as is Apache's habit. */
  readonly strong?: boolean
}

/** A real Apache with mod_dav. */
export async function startApache({
  tls,
  login,
  token,
  root,
  locks = true,
  strong = false,
}: ApacheWish): Promise<DavServer> {
  const folder = await openFolder()
  const port = await freePort()
  const served = root ?? join(folder, 'www')
  for (const path of [served, join(folder, 'run')]) await makeOpen(path)
  if (login) {
    const hash = execFileSync('openssl', ['passwd', '-apr1', '-stdin'], { input: login.password })
    await writeFile(join(folder, 'passwords'), `${login.user}:${String(hash)}`)
  }
  const conf = join(folder, 'apache.conf')
  await writeFile(
    conf,
    configuration(folder, port, served, {
      ...{ locks, strong },
      ...(tls && { tls }),
      ...(login && { login }),
      ...(token && { token }),
    }),
  )
  return await startServer({
    program: 'apache2',
    args: ['-f', conf, '-DFOREGROUND'],
    folder,
    port,
    root: served,
  })
}

const configuration = (
  folder: string,
  port: number,
  root: string,
  { tls, login, token, locks, strong }: ApacheWish,
): string => `
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/run/pid
ErrorLog ${folder}/run/log
LogLevel info
LogFormat "%m %U %{Content-Range}i %>s" asked
CustomLog ${folder}/run/requests asked
${isRoot ? 'User www-data\nGroup www-data' : ''}
${[
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'socache_shmcb',
  'ssl',
  'dav',
  'dav_fs',
]
  .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
  .join('\n')}
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
StartServers 2
# A file that is replaced under a reader kills a child that has mapped it.
EnableMMAP off
${locks ? `DavLockDB ${folder}/run/locks` : ''}
${strong ? 'FileETag Digest' : ''}
DocumentRoot ${root}
<Directory ${root}>
  Dav On
  ${requirement(folder, login, token)}
</Directory>
${tls ? `SSLEngine on\nSSLCertificateFile ${tls.server.certificate}\nSSLCertificateKeyFile ${tls.server.key}` : ''}
${tls?.ca ? `SSLVerifyClient require\nSSLVerifyDepth 5\nSSLCACertificateFile ${tls.ca}` : ''}
`

function requirement(folder: string, login: ApacheWish['login'], token: ApacheWish['token']): string {
  if (token) return `Require expr "%{HTTP:Authorization} == 'Bearer ${token}'"`
  if (!login) return 'Require all granted'
  return `AuthType Basic\nAuthName vmcast\nAuthUserFile ${folder}/passwords\nRequire valid-user`
}

/** A folder that a server's own user may look into. */
export async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-dav-'))
  await chmod(folder, 0o755)
  return folder
}

/** A folder that anybody may write to: the servers run as a user of their own. */
export async function makeOpen(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  await chmod(path, 0o777)
}

/** A port that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

interface Start extends Pick<DavServer, 'port' | 'root'> {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
}

/** Starts a server that stays in the foreground and listens at `port`; its log is `run/log` of `folder`. */
export async function startServer({ program, args, folder, port, root }: Start): Promise<DavServer> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  const log = () => readFile(join(folder, 'run/log'), 'utf8').catch(() => '')
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  for (let tries = 0; !(await answers(port)); tries++) {
    await sleep(50)
    if (child.exitCode === null && tries < 200) continue
    const said = await log()
    await stop()
    throw new Error(`${program} does not start: ${said}`)
  }
  const requests = async () => (await readFile(join(folder, 'run/requests'), 'utf8')).trim().split('\n')
  return { port, root, log, requests, stop }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await once(socket, 'connect').then(
    () => {
      socket.destroy()
      return true
    },
    () => false,
  )
}
