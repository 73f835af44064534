import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import { decompress } from '../files/compress.ts'
import { compressionOf, fileName } from '../image.ts'
import type { Compression, Desired, DesiredImage, Digest, Receipt } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'

/**
 * Believes a receipt that is for this plan, and that the target proves. Throws `receipt-refused`, and as `prove`
 * does.
 */
export async function believe(
  receipt: Receipt,
  checksum: string,
  images: Desired['images'],
  pool: TargetPool,
): Promise<void> {
  const refused = (reason: string) => fault('receipt-refused', { image: receipt.image, reason })
  const image = images.get(receipt.image)
  if (receipt.plan !== checksum) throw refused('it is for another plan')
  if (image?.identifier !== receipt.identifier) throw refused('there is no such image here')
  await prove(image, receipt, pool)
}

/**
 * Whether an image lies at its target as somebody says. Of a file that is pinned, and served as it is, its size is enough:
 * subscribers check the sum, which is the pin. Of any other, all bytes are read back, and taken out of their
 * compression. Throws `claim-refused`, and what reading throws.
 */
export async function prove(
  image: DesiredImage,
  { source, served, uri }: Pick<Receipt, 'source' | 'served' | 'uri'>,
  pool: TargetPool,
): Promise<void> {
  const refused = (reason: string) => fault('claim-refused', { image: image.name, reason })
  if (uri !== image.uri + fileName(image, served)) throw refused(`its address is ${uri}`)
  const { target, key } = await pool.reach(uri)
  const nothing = `there is nothing at ${uri}`
  const other = `what lies at ${uri} is something else`
  if (source === image.file?.sha512 && served.sha512 === source) {
    const there = await target.stat(key)
    if (there?.size !== served.size) throw refused(there ? other : nothing)
    return
  }
  const bytes = await target.bytes(key)
  if (!bytes) throw refused(nothing)
  const found = await sumUp(bytes, served.sha512 === source ? null : compressionOf(image.keys))
  if (found.served.sha512 !== served.sha512 || found.served.size !== served.size) throw refused(other)
  if (found.source !== source) throw refused(`what lies at ${uri} was made from another file`)
}

/** What is served, and the sum of what it was compressed from. */
async function sumUp(
  bytes: AsyncIterable<Uint8Array>,
  how: Compression,
): Promise<{ served: Digest; source: string }> {
  const outer = createHash('sha512')
  let size = 0
  async function* through() {
    for await (const chunk of bytes) {
      outer.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  const inner = createHash('sha512')
  for await (const chunk of how === null ? through() : decompress(through(), how)) inner.update(chunk)
  return { served: { sha512: outer.digest('hex'), size }, source: inner.digest('hex') }
}
