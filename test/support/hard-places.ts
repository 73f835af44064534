import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { temporaryFolder } from './repository.ts'

const NOBODY = 65534
const isRoot = process.geteuid?.() === 0

/** Does `work` as a user whom permissions stop: they stop no root. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return await work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

export interface SmallDisk {
  readonly folder: string
  makeReadOnly(): Promise<void>
  /** From now on it takes so many bytes. */
  grow(bytes: number): void
  /** What a target must say then. */
  readonly readOnlyFault: ErrorCode
}

/**
 * A folder (this one, or one of its own) that takes only so many bytes: for root a small disk in memory. Others may mount nothing: they
 * get a limit on the size of any one file, and a folder without write permission.
 */
export const smallDisk = async (bytes: number, folder?: string): Promise<SmallDisk> =>
  (isRoot ? mounted : limited)(bytes, folder ?? (await temporaryFolder()))

function mounted(bytes: number, folder: string): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'vmcast-test', folder])
  onTestFinished(() => void execFileSync('umount', [folder]))
  return {
    folder,
    makeReadOnly: () => Promise.resolve(void execFileSync('mount', ['-o', 'remount,ro', folder])),
    grow: (more) => void execFileSync('mount', ['-o', `remount,size=${more}`, folder]),
    readOnlyFault: 'target-read-only',
  }
}

function limited(bytes: number, folder: string): SmallDisk {
  const limit = (soft: string) =>
    void execFileSync('prlimit', [`--pid=${process.pid}`, `--fsize=${soft}:unlimited`])
  const survive = () => undefined // without a handler, the signal of the limit kills
  process.on('SIGXFSZ', survive)
  limit(String(bytes))
  onTestFinished(() => {
    limit('unlimited')
    process.off('SIGXFSZ', survive)
    chmodSync(folder, 0o755)
  })
  return {
    folder,
    makeReadOnly: () => chmod(folder, 0o555),
    grow: (more) => {
      limit(String(more))
    },
    readOnlyFault: 'target-denied',
  }
}
