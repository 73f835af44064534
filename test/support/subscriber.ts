import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expectContract } from './judged.ts'

/** What a subscriber reads of a list. */
export interface Subscribed {
  readonly version: string
  readonly identifier: string
  readonly images: readonly { readonly uri: string; readonly size: number; readonly sha512: string }[]
}

interface Wire {
  'hv:imagelist': {
    'hv:version': string
    'dc:identifier': string
    'hv:images': { 'hv:image': { 'hv:uri': string; 'hv:size': number; 'sl:checksum:sha512': string } }[]
  }
}

/**
 * Verifies a published list (its file, or its bytes) with the openssl program, and against the subscriber
 * contract, and gives what is in it; throws if openssl refuses.
 */
export async function subscribe(list: string | Uint8Array, caFolder: string): Promise<Subscribed> {
  const input = typeof list === 'string' ? await readFile(list) : list
  const { stdout } = await execa('openssl', ['smime', '-verify', '-CApath', caFolder], { input })
  expectContract(input)
  const content = (JSON.parse(stdout) as Wire)['hv:imagelist']
  return {
    version: content['hv:version'],
    identifier: content['dc:identifier'],
    images: content['hv:images'].map(({ 'hv:image': image }) => ({
      uri: image['hv:uri'],
      size: image['hv:size'],
      sha512: image['sl:checksum:sha512'],
    })),
  }
}

/** Addresses of the images that are not there under `folder`, or not with the size and sum that the list says. */
export async function missingImages(
  { images }: Subscribed,
  folder: string,
  prefix: string,
): Promise<string[]> {
  const wrong: string[] = []
  for (const { uri, size, sha512 } of images) {
    const found = await sumOf(join(folder, uri.slice(prefix.length)))
    if (found?.size !== size || found.sha512 !== sha512) wrong.push(uri)
  }
  return wrong
}

async function sumOf(file: string): Promise<{ size: number; sha512: string } | null> {
  const hash = createHash('sha512')
  let size = 0
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      size += chunk.length
    }
    return { size, sha512: hash.digest('hex') }
  } catch {
    return null
  }
}
