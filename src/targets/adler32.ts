const MODULUS = 65_521

/** So many additions of bytes stay below 2^31, where numbers are fast. */
const BLOCK = 3850

/** The sum of RFC 1950, section 8.2: what dCache and GridFTP servers keep of each file. */
export class Adler32 {
  #low = 1
  #high = 0

  update(bytes: Uint8Array): void {
    let [low, high] = [this.#low, this.#high]
    for (let start = 0; start < bytes.length; start += BLOCK) {
      const end = Math.min(start + BLOCK, bytes.length)
      for (let at = start; at < end; at++) {
        low += bytes[at] ?? 0
        high += low
      }
      low %= MODULUS
      high %= MODULUS
    }
    ;[this.#low, this.#high] = [low, high]
  }

  /** Eight lower-case hex digits. */
  end(): string {
    return (this.#high * 65_536 + this.#low).toString(16).padStart(8, '0')
  }
}
