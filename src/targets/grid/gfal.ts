import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { systemCode, fault } from '../../errors.ts'
import type { Client } from './client.ts'
import { explain } from './explain.ts'
import { makeFifo } from './fifo.ts'
import type { Command, Outcome, Programs } from './programs.ts'

/** The plugin that speaks each scheme; gfal names no package when one is missing. */
const GFAL_PLUGINS: ReadonlyMap<string, string> = new Map([
  ['gsiftp', 'gridftp'],
  ['root', 'xrootd'],
  ['srm', 'srm'],
  ['davs', 'http'],
  ['gsidcap', 'dcap'],
])

/**
 * The server's words after gfal's own: with status 2 and "No such file or directory" it also ends where the
 * user's certificate cannot be opened.
 */
const isAbsent = ({ status, complaint, text }: Outcome): boolean =>
  status === 2 &&
  (/\) -.*(No such file|PATH_NOT_FOUND|HTTP 404|File not found)/i.test(complaint) ||
    /\tMISSING\s*$/.test(text))

/** Whatever gfal2 has a plugin for, by its command-line programs. */
export function gfal(programs: Programs, scheme: string): Client {
  const packages = `gfal2-util-scripts gfal2-plugin-file gfal2-plugin-${GFAL_PLUGINS.get(scheme) ?? scheme}`
  const run = (what: string, url: string, args: readonly string[], more: Partial<Command> = {}) =>
    programs.run(url, { program: `gfal-${what}`, packages, args, ...more })
  const failed = (what: string, url: string, outcome: Outcome) =>
    explain({ program: `gfal-${what}` }, url, outcome)

  async function copyIn(url: string, path: string, input?: AsyncIterable<Uint8Array>): Promise<void> {
    const outcome = await run(
      'copy',
      url,
      ['-p', '-f', `file://${path}`, url],
      input && { input, fifo: path },
    )
    // A crash is judged by what is there: whoever puts a file, checks it.
    if (!outcome.ok && !outcome.crashed) throw failed('copy', url, outcome)
  }

  return {
    program: 'gfal-copy',
    overwrites: true,
    async put(url, chunks) {
      // The other plugins ask for the size of what they send, and of a pipe that is 0.
      if (scheme === 'gsiftp') await copyIn(url, await makeFifo(), chunks)
      else await withTemporaryFile(chunks, (path) => copyIn(url, path))
    },
    async get(url, output) {
      const outcome = await run('cat', url, ['-b', url], { output })
      if (!outcome.ok && !isAbsent(outcome)) throw failed('cat', url, outcome)
      return outcome.ok
    },
    async remove(url) {
      const outcome = await run('rm', url, [url])
      if (!outcome.ok && !isAbsent(outcome)) throw failed('rm', url, outcome)
    },
    naming: {
      async stat(url) {
        const outcome = await run('stat', url, [url])
        if (!outcome.ok && isAbsent(outcome)) return null
        const [, size, kind] = /^\s*Size:\s*(\d+)\s+(.*?)\s*$/m.exec(outcome.text) ?? []
        if (!outcome.ok || size === undefined) throw failed('stat', url, outcome)
        if (kind === 'directory') throw fault('target-not-file', { path: url })
        return { size: Number(size) }
      },
      async rename(from, to) {
        const outcome = await run('rename', to, [from, to])
        if (!outcome.ok) throw failed('rename', to, outcome)
      },
      async list(url) {
        const outcome = await run('ls', url, [url])
        if (!outcome.ok && !isAbsent(outcome)) throw failed('ls', url, outcome)
        return outcome.ok ? outcome.text.split('\n').filter((name) => name !== '') : []
      },
      async sum(url, algorithm, size) {
        const outcome = await run('sum', url, [url, algorithm], { size })
        const sum = outcome.ok ? outcome.text.trim().split(/\s+/).at(-1) : undefined
        return sum !== undefined && /^[0-9a-f]+$/i.test(sum) ? sum.toLowerCase() : null
      },
    },
  }
}

/** A file without a name: the program opens it by our process, and nothing is left of it, however vmcast ends. */
async function withTemporaryFile(
  chunks: AsyncIterable<Uint8Array>,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-'))
  const file = await openIn(folder)
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await use(`/proc/${process.pid}/fd/${file.fd}`)
  } catch (error) {
    throw systemCode(error) === 'ENOSPC' ? fault('target-full', { path: tmpdir() }, error) : error
  } finally {
    await file.close()
  }
}

async function openIn(folder: string): Promise<FileHandle> {
  try {
    return await open(join(folder, 'image'), 'wx', 0o600)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
