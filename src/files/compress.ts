import type { Readable, Writable } from 'node:stream'
import { createGunzip, createGzip, type Gunzip, type Gzip } from 'node:zlib'
import { fault, systemCode } from '../errors.ts'

/** Bytes go in, compressed bytes come out; `done` throws if it failed, and `stop` ends it early. */
interface Press {
  readonly input: Writable
  readonly output: Readable
  done(): Promise<void>
  stop(): void
}

/**
 * The chunks compressed, in bounded memory. The same bytes give the same result on one machine: no name,
 * no time. Throws `program-missing`, `compression-failed`, and whatever `chunks` throws.
 */
export async function* compress(
  chunks: AsyncIterable<Uint8Array>,
  how: 'gz' | 'bz2',
): AsyncGenerator<Uint8Array> {
  if (how === 'gz') yield* withoutSystem(pass(chunks, inProcess(createGzip({ chunkSize: 256 * 1024 }))))
  else yield* pass(chunks, await bzip2('-9'))
}

/** What the chunks were compressed from. Throws as `compress` does, and `compression-failed` where they were not. */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  how: 'gz' | 'bz2',
): AsyncGenerator<Uint8Array> {
  try {
    yield* pass(chunks, how === 'gz' ? inProcess(createGunzip()) : await bzip2('-d'))
  } catch (error) {
    if (!systemCode(error)?.startsWith('Z_')) throw error
    throw fault('compression-failed', { program: 'gunzip', reason: 'it is not gzip' }, error)
  }
}

async function* pass(chunks: AsyncIterable<Uint8Array>, press: Press): AsyncGenerator<Uint8Array> {
  const feeding = feed(chunks, press)
  try {
    yield* press.output as AsyncIterable<Uint8Array> // a stream of bytes gives nothing else
    await press.done()
  } finally {
    press.stop()
    await feeding
  }
}

/** Waits for each chunk to be taken, since its memory is used again; a failure comes out at the other end. */
async function feed(chunks: AsyncIterable<Uint8Array>, { input, output }: Press): Promise<void> {
  try {
    for await (const chunk of chunks) await push(input, chunk)
    input.end()
  } catch (error) {
    output.destroy(error as Error) // only Errors are thrown here
  }
}

const push = (input: Writable, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    // Nothing else answers where it is stopped while it waits for its reader.
    const stopped = () => {
      reject(new Error('The compressor was stopped.'))
    }
    input.once('close', stopped)
    input.write(chunk, (error) => {
      input.off('close', stopped)
      if (error) reject(error)
      else resolve()
    })
  })

const inProcess = (press: Gunzip | Gzip): Press => ({
  input: press,
  output: press,
  done: () => Promise.resolve(),
  stop: () => press.destroy(),
})

/** Byte 9 of a gzip header names the operating system (RFC 1952, 2.3): 255, unknown, is the same everywhere. */
async function* withoutSystem(output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const chunk of output) {
    if (first) chunk[9] = 255
    first = false
    yield chunk
  }
}

async function bzip2(how: '-9' | '-d'): Promise<Press> {
  const { execa } = await import('execa')
  // The environment can hold options for bzip2, which would make other bytes.
  const env = { BZIP: '', BZIP2: '' }
  const program = execa('bzip2', [how, '-c'], { env, buffer: false, reject: false })
  program.stdin.on('error', () => undefined) // a broken pipe: the exit status tells more
  return {
    input: program.stdin,
    output: program.stdout,
    async done() {
      const { exitCode, signal, cause } = await program
      if (systemCode(cause) === 'ENOENT') throw missing(cause)
      if (exitCode === 0) return
      throw fault('compression-failed', {
        program: 'bzip2',
        reason: signal ?? `exit status ${exitCode ?? '?'}`,
      })
    },
    stop: () => program.kill(),
  }
}

const missing = (cause: unknown) =>
  fault(
    'program-missing',
    { program: 'bzip2', package: 'bzip2', purpose: 'because hv:format ends in bz2' },
    cause,
  )
