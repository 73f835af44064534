import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Real programs that vmcast is held against. */
interface Needed {
  /** One that shows that the packages are there. */
  readonly program: string
  /** Of Debian. */
  readonly packages: readonly string[]
  /** The test files that do nothing without it; none: all do. */
  readonly tests?: readonly string[]
}

const GRID = ['test/targets/grid/**']
const S3 = ['test/targets/s3*.test.ts', 'test/targets/s3/**', 'test/faults/s3*.test.ts']
const WEBDAV = ['test/targets/webdav*.test.ts', 'test/targets/webdav/**', 'test/faults/webdav*.test.ts']

const NEEDED: readonly Needed[] = [
  { program: 'openssl', packages: ['openssl'] },
  { program: 'bzip2', packages: ['bzip2'] },
  { program: 'git', packages: ['git'] },
  { program: 'script', packages: ['bsdutils'] },
  {
    program: 'sshd',
    packages: ['openssh-server', 'openssh-client'],
    tests: ['test/targets/sftp*.test.ts', 'test/targets/sftp/**', 'test/faults/sftp*.test.ts'],
  },
  { program: 'radosgw', packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'], tests: S3 },
  {
    program: 'swift-proxy-server',
    packages: ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'memcached'],
    tests: S3,
  },
  { program: 'apache2', packages: ['apache2'], tests: WEBDAV },
  { program: 'nginx', packages: ['nginx-extras'], tests: WEBDAV },
  {
    program: 'globus-gridftp-server',
    packages: ['globus-gridftp-server-progs', 'globus-proxy-utils'],
    tests: GRID,
  },
  { program: 'globus-url-copy', packages: ['globus-gass-copy-progs'], tests: GRID },
  {
    program: 'gfal-copy',
    packages: [
      'gfal2-util-scripts',
      'gfal2-plugin-file',
      'gfal2-plugin-gridftp',
      'gfal2-plugin-http',
      'gfal2-plugin-xrootd',
    ],
    tests: GRID,
  },
  { program: 'softhsm2-util', packages: ['softhsm2'], tests: ['test/steps/program.test.ts'] },
  { program: 'pkcs11-tool', packages: ['opensc'], tests: ['test/steps/program.test.ts'] },
  { program: 'dccp', packages: ['dcap', 'dcap-tunnel-gsi'], tests: GRID },
]

const missing = (needed: readonly Needed[]) => needed.filter(({ program }) => !isThere(program))

/** Where servers and administrators' programs lie, if PATH does not say. */
const SYSTEM = ['/usr/sbin', '/sbin']

function isThere(program: string): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Debian's packages can be installed by root. */
const canInstall = (): boolean => process.getuid?.() === 0 && isThere('apt-get')

/**
 * Test files that cannot run here, each with why: on a developer's machine where a server is missing and may
 * not be installed. In CI that is no excuse.
 */
export function unrunnable(): ReadonlyMap<string, string> {
  if (process.env['CI'] || canInstall()) return new Map()
  return new Map(
    missing(NEEDED).flatMap(({ program, packages, tests = [] }) =>
      tests.map((file) => [file, `${program} is missing (apt-get install ${packages.join(' ')})`] as const),
    ),
  )
}

/** Installs the packages of what is missing. Throws where that is not allowed. */
export function provide(needed: readonly Needed[]): void {
  const packages = missing(needed).flatMap((one) => one.packages)
  if (packages.length === 0) return
  if (!canInstall()) {
    throw new Error(`Install ${packages.join(' ')}, for instance with apt-get, and run again.`)
  }
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  console.log(`Installing ${packages.join(' ')}`)
  apt('update', '-q')
  apt('install', '-y', '-q', '--no-install-recommends', ...packages)
}

/** Before any test runs: what all need, and the servers, where they may be installed. */
export default function setup(): void {
  const reduced = unrunnable().size > 0
  provide(NEEDED.filter(({ tests }) => !reduced || tests === undefined))
}
