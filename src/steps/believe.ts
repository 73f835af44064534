import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import { decompress } from '../files/compress.ts'
import { compressionOf, fileName } from '../image.ts'
import type { Compression, Desired, Digest, Receipt } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'

/**
 * Believes a receipt only for a file that is pinned, and served as it is: then its sum is the pin. Of any other, all
 * bytes are read back from the target, and taken out of their compression: both sums must be those of the
 * receipt. Throws `receipt-refused`, and what reading throws.
 */
export async function believe(
  receipt: Receipt,
  checksum: string,
  images: Desired['images'],
  pool: TargetPool,
): Promise<void> {
  const { source, served, uri } = receipt
  const image = images.get(receipt.image)
  const refused = (reason: string) => fault('receipt-refused', { image: receipt.image, reason })
  if (receipt.plan !== checksum) throw refused('it is for another plan')
  if (!image?.file || image.identifier !== receipt.identifier)
    throw refused('there is no such image to upload')
  if (uri !== image.uri + fileName(image, served)) throw refused(`its address is ${uri}`)
  const how = compressionOf(image.keys)
  if (source === image.file.sha512 && served.sha512 === source) return
  const { target, key } = await pool.reach(uri)
  const bytes = await target.bytes(key)
  if (!bytes) throw refused(`there is nothing at ${uri}`)
  const found = await sumUp(bytes, served.sha512 === source ? null : how)
  if (found.served.sha512 !== served.sha512 || found.served.size !== served.size)
    throw refused(`what lies at ${uri} is something else`)
  if (found.source !== source) throw refused(`what lies at ${uri} was made from another file`)
}

/** What is served, and the sum of what it was compressed from. */
async function sumUp(
  bytes: AsyncIterable<Uint8Array>,
  how: Compression,
): Promise<{ served: Digest; source: string }> {
  const hash = createHash('sha512')
  let size = 0
  async function* through() {
    for await (const chunk of bytes) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  const inner = createHash('sha512')
  for await (const chunk of how === null ? through() : decompress(through(), how)) inner.update(chunk)
  return { served: { sha512: hash.digest('hex'), size }, source: inner.digest('hex') }
}
