/** The list of some round: so regular that a reader knows a half or a mixture of two. */
export const listBytes = (round: number): Buffer => Buffer.alloc(150_000, `${round % 10}`)

/** Whether these are the bytes of one round, whole. */
export const isWhole = (bytes: Uint8Array): boolean =>
  bytes.length === 150_000 && bytes.every((byte) => byte === bytes[0])
