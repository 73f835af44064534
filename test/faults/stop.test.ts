import type { ChildProcess } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli-process.ts'
import { vmcast } from '../support/cli.ts'
import { sampleRepository } from '../support/repository.ts'

/** Runs reconcile, and sends it `signal` at the first line that matches. */
async function stopped(cwd: string, signal: 'SIGINT' | 'SIGTERM', at: RegExp) {
  let sent = false
  const watch = (child: ChildProcess, line: string) => {
    if (!sent && at.test(line)) sent = child.kill(signal)
  }
  return await runCli({ cwd, watch }, 'reconcile')
}

const left = async (root: string) =>
  (await readdir(join(root, 'public'), { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s during an upload: exit 130, nothing half left behind, and the next run finishes',
  async (signal) => {
    const root = await sampleRepository({ lists: 1, images: 1, bytes: 200_000_000, pinned: false })
    const { status, stderr } = await stopped(root, signal, /reading/)
    expect(stderr).toContain('Stopped before the end')
    expect(status).toBe(130)
    expect(await left(root)).toEqual([])
    expect(await vmcast({ cwd: root }, 'reconcile')).toMatchObject({ status: 0 })
  },
)
