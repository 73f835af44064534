import type { Anchors } from './anchors.ts'
import type { Chain } from './chain.ts'
import { finding, type Finding } from './finding.ts'

/** The names that a CA may give, as a file of the trust folder has it. */
export interface SigningPolicy {
  readonly file: string
  /** By the CA’s name: patterns in which `*` stands for anything. */
  readonly subjects: ReadonlyMap<string, readonly string[]>
}

/** `keyword authority value`, as `cond_subjects globus '"/DC=org/*"'`. */
const LINE = /^(\w+)\s+(\S+)\s+(.+)$/

/**
 * Reads a `*.signing_policy` file: the EACL of Globus, with `access_id_CA`, `pos_rights globus CA:sign` and
 * `cond_subjects`. What is not understood grants nothing, so a CA with a damaged entry may issue nothing. Null
 * if it names no CA, or takes rights away (`neg_rights`), which Globus does not know either.
 */
export function readSigningPolicy(text: string, file: string): SigningPolicy | null {
  const subjects = new Map<string, string[]>()
  let granted: string[] = []
  let maySign = false
  for (const line of text.split('\n')) {
    const [, keyword, authority, value = ''] = LINE.exec(line.trim()) ?? []
    if (keyword === 'neg_rights') return null
    if (keyword?.startsWith('access_id_')) {
      granted = []
      maySign = false
      const ca = keyword === 'access_id_CA' && authority === 'X509' ? namesIn(value)[0] : undefined
      if (ca !== undefined) subjects.set(ca, (granted = subjects.get(ca) ?? []))
    }
    if (keyword === 'pos_rights') maySign = authority === 'globus' && value === 'CA:sign'
    if (keyword === 'cond_subjects' && authority === 'globus' && maySign) granted.push(...namesIn(value))
  }
  return subjects.size === 0 ? null : { file, subjects }
}

/** The names of a value: in double quotes or in single ones, or all of it. */
function namesIn(value: string): string[] {
  const quoted = value.match(/"[^"]+"/g) ?? value.match(/'[^']+'/g)
  if (quoted) return quoted.map((name) => usual(name.slice(1, -1).trim()))
  return /["']/.test(value) ? [] : [usual(value)]
}

/** Older libraries’ spellings, as policies still have them, in OpenSSL’s. */
export const usual = (dn: string): string =>
  dn.replaceAll(/\/(e|email|emailaddress)=/gi, '/emailAddress=').replaceAll(/\/userid=/gi, '/UID=')

/**
 * Which certificates of a chain bear a name that their CA may not give, by every policy that speaks of it. A CA of which
 * none speaks is held to those of the next CA above it. That a CA certifies its own name anew is its own matter.
 */
export function policyFaults({ certificates }: Chain, { policies }: Pick<Anchors, 'policies'>): Finding[] {
  return certificates.flatMap(({ dn, ca: issuer }, depth) => {
    if (dn === issuer) return []
    const authorities = certificates.slice(depth + 1).map((one) => one.dn)
    const ca = authorities.find((name) => policies.some(({ subjects }) => subjects.has(usual(name))))
    if (ca === undefined) return []
    return policies
      .filter(({ subjects }) => subjects.get(usual(ca))?.some((one) => matches(one, usual(dn))) === false)
      .map(({ file }) => finding('policy-refuses', { dn, ca, file }))
  })
}

function matches(pattern: string, name: string): boolean {
  const [head = '', ...parts] = pattern.split('*')
  const tail = parts.pop()
  if (tail === undefined) return name === pattern
  if (!name.startsWith(head)) return false
  let at = head.length
  for (const part of parts) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - tail.length >= at && name.endsWith(tail)
}
