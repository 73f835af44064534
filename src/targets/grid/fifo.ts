import { constants, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { systemCode } from '../../errors.ts'

/** Milliseconds between two looks whether a pipe is read. */
const LOOK = 10

/**
 * A named pipe, for programs that open what they read by its name: the standard input that Node gives them is
 * a socket, which has none.
 */
export async function makeFifo(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'vmcast-')), 'bytes')
  await execa('mkfifo', ['-m', '600', path])
  return path
}

/**
 * Opens the pipe as soon as somebody reads it, and takes its name away: nothing is left if vmcast is killed
 * now. Null once `isOver` says that nobody will.
 */
export async function openFifo(path: string, isOver: () => boolean): Promise<Writable | null> {
  try {
    for (;;) {
      try {
        const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
        return new Socket({ fd, readable: false, writable: true })
      } catch (error) {
        if (systemCode(error) !== 'ENXIO') throw error
      }
      if (isOver()) return null
      await sleep(LOOK)
    }
  } finally {
    await rm(dirname(path), { recursive: true, force: true })
  }
}
