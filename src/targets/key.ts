import { isSafeKey } from '../address.ts'
import { fault } from '../errors.ts'

/** The key, if it names a file below the target's root. Throws `target-key`. */
export function safeKey(key: string): string {
  if (!isSafeKey(key)) throw fault('target-key', { key })
  return key
}
