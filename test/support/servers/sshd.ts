import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

export interface Sshd {
  readonly port: number
  readonly user: string
  /** The server's own folder; its log is `log` in it. */
  readonly folder: string
  /** Path of a private key that is let in. */
  readonly identity: string
  /** The server's keys, by type: as `ssh-keygen -l` prints them, and as they stand in known_hosts. */
  readonly hostKeys: ReadonlyMap<KeyType, { readonly fingerprint: string; readonly line: string }>
  /** Where a folder of this machine lies, as a target's `to`. */
  to(path: string): string
  stop(): Promise<void>
}

interface Wishes {
  /** Of the keys that the server has. */
  readonly types?: readonly KeyType[]
  /** A file with public keys that are let in, instead of that of `identity`. */
  readonly authorized?: string
  readonly sftp?: boolean
  /** More lines of sshd_config. */
  readonly options?: readonly string[]
}

/** Makes a key pair at `path`. */
export function makeKey(
  path: string,
  { type = 'ed25519', passphrase = '' }: { type?: KeyType; passphrase?: string } = {},
): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'vmcast', '-f', path])
}

/** OpenSSH's server for the user who runs the tests, on a port of its own. */
export async function startSshd({
  types = ['ed25519'],
  authorized,
  sftp = true,
  options = [],
}: Wishes = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-sshd-'))
  await mkdir('/run/sshd', { recursive: true }).catch(() => undefined) // where root's sshd wants to be
  const identity = join(folder, 'id')
  makeKey(identity)
  const hostKeys = new Map(await Promise.all(types.map((type) => makeHostKey(folder, type))))
  const port = await freePort()
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${authorized ?? `${identity}.pub`}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
    ...(sftp ? ['Subsystem sftp internal-sftp'] : []),
    ...options,
  ]
  await writeFile(join(folder, 'config'), `${config.join('\n')}\n`)
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', join(folder, 'log')], {
    stdio: 'ignore',
  })
  await answers(port)
  return {
    ...{ port, user: userInfo().username, folder, identity, hostKeys },
    to: (path) => `sftp://${userInfo().username}@127.0.0.1:${port}${path}/`,
    async stop() {
      if (daemon.exitCode === null && daemon.signalCode === null) {
        const ended = once(daemon, 'exit')
        daemon.kill('SIGKILL')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeHostKey(folder: string, type: KeyType) {
  const path = join(folder, `host_${type}`)
  makeKey(path, { type })
  const line = (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
  const shown = execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' })
  return [type, { fingerprint: shown.split(' ')[1] ?? '', line }] as const
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await once(socket, 'data').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isThere) return
    await sleep(25)
  }
  throw new Error('sshd does not answer')
}
