import type { KeyObject } from 'node:crypto'

/**
 * Whether two public keys are one. Only keys of one kind are compared: of others, OpenSSL leaves an error behind
 * that Node 20 takes for one of the next private key that it reads.
 */
export const isSameKey = (one: KeyObject, other: KeyObject): boolean =>
  one.asymmetricKeyType === other.asymmetricKeyType && one.equals(other)
