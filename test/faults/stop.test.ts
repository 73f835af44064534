import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { vmcast } from '../support/cli.ts'
import { sampleRepository } from '../support/repository.ts'

const CLI = join(import.meta.dirname, '../../dist/cli.js')

/** Runs reconcile, and sends it `signal` at the first line that matches. */
async function stopped(cwd: string, signal: 'SIGINT' | 'SIGTERM', at: RegExp) {
  const child = spawn(process.execPath, [CLI, 'reconcile'], {
    cwd,
    env: { ...process.env, HOME: cwd, XDG_CACHE_HOME: join(cwd, 'cache') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  let sent = false
  child.stderr.on('data', (text: Buffer) => {
    log += text.toString()
    if (!sent && at.test(log)) sent = child.kill(signal)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, log }
}

const left = async (root: string) =>
  (await readdir(join(root, 'public'), { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s during an upload: exit 130, nothing half left behind, and the next run finishes',
  async (signal) => {
    const root = await sampleRepository({ lists: 1, images: 1, bytes: 200_000_000, pinned: false })
    const { status, log } = await stopped(root, signal, /reading/)
    expect(log).toContain('Stopped before the end')
    expect(status).toBe(130)
    expect(await left(root)).toEqual([])
    expect(await vmcast({ cwd: root }, 'reconcile')).toMatchObject({ status: 0 })
  },
)
