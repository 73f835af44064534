import { execFileSync, spawnSync } from 'node:child_process'

/** Programs that the tests hold vmcast against, and the Debian packages that have them. */
const PROGRAMS = { openssl: 'openssl', bzip2: 'bzip2', git: 'git', script: 'bsdutils' }

/** Installs what is missing where that is allowed; else stops with the names, before any test runs. */
export default function setup(): void {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isThere(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    throw new Error(
      `The tests need ${packages.join(', ')}: install them, for instance with apt-get, and run again.`,
    )
  }
  execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit' })
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
    stdio: 'inherit',
  })
}

const isThere = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
