import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Store } from '../s3-place.ts'

const run = promisify(execFile)

/** OpenStack Swift on 127.0.0.1, spoken to in S3. */
export interface Swift extends Store {
  stop(): Promise<void>
}

const KINDS = ['account', 'container', 'object'] as const
type Kind = (typeof KINDS)[number]

/** One server of each kind and a proxy, as root; the disk is a folder. Takes about seven seconds. */
export async function startSwift(): Promise<Swift> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-swift-'))
  const daemons: ChildProcess[] = []
  const stop = async () => {
    for (const daemon of daemons) await kill(daemon)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const start = async (program: string, config: string) => {
    const file = join(folder, `${program}.conf`)
    await writeFile(file, config)
    daemons.push(spawn(program, [file], { stdio: 'ignore' }))
  }
  try {
    await mkdir(join(folder, 'disks/one'), { recursive: true })
    for (const kind of KINDS) {
      const port = await freePort()
      await makeRing(folder, kind, port)
      await start(`swift-${kind}-server`, storage(folder, kind, port))
    }
    const port = await freePort()
    await start('swift-proxy-server', proxy(folder, port))
    const endpoint = `http://127.0.0.1:${port}`
    await until(async () => (await fetch(`${endpoint}/healthcheck`)).ok)
    return { endpoint, accessKey: 'test:tester', secretKey: 'testing', stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function makeRing(folder: string, kind: Kind, port: number): Promise<void> {
  const builder = (...args: string[]) => run('swift-ring-builder', [join(folder, `${kind}.builder`), ...args])
  await builder('create', '2', '1', '0')
  await builder('add', `r1z1-127.0.0.1:${port}/one`, '1')
  // Says 1 where it has a remark, such as on a ring of one device.
  await builder('rebalance').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error
  })
}

const storage = (folder: string, kind: Kind, port: number): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
user = root
swift_dir = ${folder}
devices = ${folder}/disks
mount_check = false
disable_fallocate = true
workers = 0
fallocate_reserve = 0
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`

const proxy = (folder: string, port: number): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
user = root
swift_dir = ${folder}
workers = 0
[pipeline:main]
pipeline = catch_errors healthcheck proxy-logging cache listing_formats s3api tempauth copy slo dlo versioned_writes proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
${['catch_errors', 'healthcheck', 'listing_formats', 'copy', 'slo', 'dlo', 'versioned_writes']
  .map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`)
  .join('')}[filter:proxy-logging]
use = egg:swift#proxy_logging
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await once(server.close(), 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function until(isUp: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await isUp().catch(() => false))) {
    if (Date.now() > end) throw new Error('Swift does not answer.')
    await sleep(50)
  }
}

async function kill(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const gone = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await gone
}
