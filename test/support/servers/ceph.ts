import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Ceph object gateway with its cluster, on 127.0.0.1 and in memory. */
export interface Ceph {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string
  /** What may do everything there. */
  readonly accessKey: string
  readonly secretKey: string
  /** `radosgw-admin` with these arguments; what it prints. */
  admin(...args: string[]): Promise<string>
  stop(): Promise<void>
}

/** Milliseconds until a daemon must have come up. */
const PATIENCE = 60_000

/**
 * One monitor, one OSD that keeps everything in memory, and one gateway; no manager. Takes about two seconds.
 * Needs root, as Debian's daemons do.
 */
export async function startCeph(): Promise<Ceph> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-ceph-'))
  const daemons: ChildProcess[] = []
  const stop = async () => {
    for (const daemon of daemons.reverse()) await kill(daemon)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const [monitor, gateway] = await freePorts()
    const conf = join(folder, 'ceph.conf')
    await writeFile(conf, configuration(folder, monitor))
    const daemon = (program: string, ...args: string[]) =>
      daemons.push(spawn(program, ['-f', '-c', conf, ...args], { stdio: 'ignore' }))
    const ceph = (...args: string[]) => run('ceph', ['-c', conf, '--connect-timeout', '20', ...args])

    const monmap = join(folder, 'monmap')
    const address = ['--addv', 'a', `[v2:127.0.0.1:${monitor}]`]
    await run('monmaptool', ['--create', '--fsid', await fsidOf(conf), ...address, monmap])
    await mkdir(join(folder, 'mon'))
    await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap])
    daemon('ceph-mon', '-i', 'a')

    const osd = randomUUID()
    await ceph('osd', 'new', osd)
    await mkdir(join(folder, 'osd'))
    await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd, '--monmap', monmap])
    daemon('ceph-osd', '-i', '0')

    const admin = async (...args: string[]) =>
      (await run('radosgw-admin', ['-c', conf, ...args], { timeout: PATIENCE })).stdout
    const keys = { accessKey: 'VMCASTTESTACCESSKEY0', secretKey: 'vmcast+test/secret/key/0123456789abcdefg' }
    const { accessKey, secretKey } = keys
    await admin(
      ...['user', 'create', '--uid=tester', '--display-name=Tester'],
      ...[`--access-key=${accessKey}`, `--secret=${secretKey}`],
    )
    daemon(
      'radosgw',
      '-n',
      'client.admin',
      `--rgw_frontends=beast endpoint=127.0.0.1:${gateway} tcp_nodelay=1`,
    )
    const endpoint = `http://127.0.0.1:${gateway}`
    await until(async () => (await fetch(endpoint)).ok)
    return { endpoint, ...keys, admin, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** No authentication inside the cluster, one copy of everything, and nothing outside the folder. */
const configuration = (folder: string, monitor: number): string => `[global]
fsid = ${randomUUID()}
mon_host = [v2:127.0.0.1:${monitor}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = ${folder}
admin_socket =
log_file =
log_to_file = false
log_to_stderr = false
mon_cluster_log_to_file = false
crash_dir = ${folder}
keyring = ${folder}/keyring
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_bind_msgr1 = false
mon_data = ${folder}/mon
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_pg_warn_min_per_osd = 0
mon_data_avail_crit = 0
mon_data_avail_warn = 0
paxos_propose_interval = 0.05
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 6442450944
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_class_update_on_start = false
rgw_enable_usage_log = false
rgw_run_sync_thread = false
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 1
rgw_enable_lc_threads = false
rgw_enable_quota_threads = true
rgw_thread_pool_size = 32
`

async function fsidOf(conf: string): Promise<string> {
  return /fsid = (\S+)/.exec(await readFile(conf, 'utf8'))?.[1] ?? ''
}

/** Two ports that nobody listens on; taken at once, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const [one, other] = [await listen(), await listen()]
  const ports = [portOf(one), portOf(other)] satisfies [number, number]
  await Promise.all([one, other].map((server) => once(server.close(), 'close')))
  return ports
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function until(isUp: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE
  for (;;) {
    if (await isUp().catch(() => false)) return
    if (Date.now() > end) throw new Error('The gateway does not answer.')
    await sleep(30)
  }
}

/** SIGKILL for all: an OSD takes its time otherwise, and nothing here has to last. */
async function kill(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const gone = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await gone
}
