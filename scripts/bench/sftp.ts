import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSshd, type Sshd } from '../../test/support/servers/sshd.ts'
import { startSlowLine } from './slow-line.ts'
import { GIB, repositoryOf, vmcast, writeNoise, type Comparison } from './comparison.ts'

const MIB = 1024 ** 2
const UPLOADS = join(import.meta.dirname, 'uploads.ts')

/** 1 GiB over SSH: its sum, the copy, and the sum at the server; beside OpenSSH with its defaults. */
export async function sftp(scratch: string): Promise<Comparison> {
  const server = await startSshd()
  const there = join(scratch, 'sftp-there')
  const repository = await repositoryOf(scratch, 'sftp', {
    ...{ lists: 1, images: 1, bytes: 0, pinned: false },
    target: targetOf(server, server.port, there),
  })
  const file = join(repository, 'build/1-1.img')
  await writeNoise(file, GIB)
  const config = await sshConfig(scratch, server)
  const byHand = join(scratch, 'by-hand')
  const fresh = () => clear(scratch, there, byHand)
  const { env, ...reconcile } = vmcast(scratch, repository, 'reconcile')
  return {
    name: 'publish 1 GiB over SSH',
    subjects: [
      {
        name: 'sha512sum && scp && ssh sha512sum',
        command: [
          'sh',
          '-c',
          'sha512sum "$0" && scp -F "$1" "$0" "there:$2" && ssh -F "$1" there sha512sum "$2"',
          file,
          config,
          byHand,
        ],
        prepare: fresh,
      },
      {
        name: 'vmcast reconcile',
        ...reconcile,
        env: { ...env, VMCAST_SSH_KEY: server.identity },
        prepare: fresh,
      },
    ],
    limits: [
      { subject: 'vmcast reconcile', what: 'ratio', most: 0.65 },
      { subject: 'vmcast reconcile', what: 'MB', most: 200 },
    ],
    stop: () => server.stop(),
  }
}

/** What many images at once gain where two ends share two cores: little, and the cores say so. */
export const sideBySide = (scratch: string): Promise<Comparison> =>
  twenty(scratch, '20 images of 64 MiB over SSH, loopback', (port) =>
    Promise.resolve({ port, stop: () => Promise.resolve() }),
  )

/** What they gain over a line that gives each connection only so much: there the server is not the limit. */
export async function slowLine(scratch: string): Promise<Comparison> {
  const name = '20 images of 64 MiB over SSH, 50 MB/s a connection'
  const comparison = await twenty(scratch, name, (port) => startSlowLine(port, 50e6))
  return { ...comparison, limits: [{ subject: 'side by side', what: 'ratio', most: 1 / 1.5 }] }
}

async function twenty(
  scratch: string,
  name: string,
  lineTo: (port: number) => Promise<{ port: number; stop(): Promise<void> }>,
): Promise<Comparison> {
  const server = await startSshd()
  const line = await lineTo(server.port)
  const there = join(scratch, 'twenty-there')
  const repository = await repositoryOf(scratch, `twenty-${line.port}`, {
    ...{ lists: 20, images: 1, bytes: 64 * MIB, pinned: false },
    target: targetOf(server, line.port, there),
  })
  const uploads = (how: 'alone' | 'together') => ({
    command: [process.execPath, '--import', 'tsx', UPLOADS, repository, how] as const,
    env: { VMCAST_SSH_KEY: server.identity, HOME: scratch },
    prepare: () => clear(scratch, there),
  })
  return {
    name,
    subjects: [
      { name: 'one after another', ...uploads('alone') },
      { name: 'side by side', ...uploads('together') },
    ],
    limits: [],
    stop: async () => {
      await line.stop()
      await server.stop()
    },
  }
}

const targetOf = ({ user, hostKeys }: Sshd, port: number, folder: string): string[] => [
  `to: sftp://${user}@127.0.0.1:${port}${folder}/`,
  `hostKey: ${hostKeys.get('ed25519')?.fingerprint ?? ''}`,
]

/** For OpenSSH's own programs: a host called `there`. */
async function sshConfig(scratch: string, { port, user, identity, hostKeys }: Sshd): Promise<string> {
  const [config, known] = [join(scratch, 'ssh_config'), join(scratch, 'known_hosts')]
  await writeFile(known, `[127.0.0.1]:${port} ${hostKeys.get('ed25519')?.line ?? ''}\n`)
  const lines = [
    ...['Host there', 'HostName 127.0.0.1', `Port ${port}`, `User ${user}`],
    ...[`IdentityFile ${identity}`, `UserKnownHostsFile ${known}`],
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  return config
}

async function clear(scratch: string, ...paths: string[]): Promise<void> {
  for (const path of [...paths, join(scratch, 'cache')]) await rm(path, { recursive: true, force: true })
}
