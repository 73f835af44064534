import type { Certificate } from './certificate.ts'

/**
 * Those of a file's certificates that issued none of the others, in whatever order they stand there: one of
 * them is somebody's own. Goes by names, because a proxy's issuer may not issue certificates.
 */
export function leavesOf(certificates: readonly Certificate[]): readonly Certificate[] {
  const issuers = new Set(certificates.filter(({ dn, ca }) => dn !== ca).map(({ ca }) => ca))
  return certificates.filter(({ dn }) => !issuers.has(dn))
}

/** Those of a file's certificates that lead from one of them towards its CA, in this order. */
export function chainOf(leaf: Certificate, certificates: readonly Certificate[]): readonly Certificate[] {
  const chain = new Set([leaf])
  for (const { ca } of chain) certificates.filter(({ dn }) => dn === ca).forEach((one) => chain.add(one))
  chain.delete(leaf)
  return [...chain]
}
