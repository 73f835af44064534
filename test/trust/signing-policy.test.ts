import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/trust/certificate.ts'
import { policyFaults, readSigningPolicy } from '../../src/trust/signing-policy.ts'

const CA = '/C=CH/O=CERN/CN=CERN Root CA'

const policy = (...lines: string[]) => readSigningPolicy(lines.join('\n'), 'ca.signing_policy')

const entry = (subjects: string, ca = CA) => [
  `access_id_CA   X509         '${ca}'`,
  'pos_rights     globus        CA:sign',
  `cond_subjects  globus       ${subjects}`,
]

const subjectsOf = (subjects: string) => policy(...entry(subjects))?.subjects.get(CA)

describe('readSigningPolicy', () => {
  it.each<[string, string[]]>([
    [`'"/C=CH/O=CERN/*" "/DC=ch/DC=cern/*"'`, ['/C=CH/O=CERN/*', '/DC=ch/DC=cern/*']],
    [`'"/C=CH/O=CERN/*"'`, ['/C=CH/O=CERN/*']],
    [`"/C=CH/O=CERN/*"`, ['/C=CH/O=CERN/*']],
    [`'/C=CH/O=CERN/*'`, ['/C=CH/O=CERN/*']],
    ['/C=CH/O=CERN/*', ['/C=CH/O=CERN/*']],
    [`'"/O=O'Brien & Sons/*"'`, ["/O=O'Brien & Sons/*"]],
    [
      `'"/O=Grid/Email=*" "/O=Grid/E=*" "/O=Grid/USERID=*"'`,
      ['/O=Grid/emailAddress=*', '/O=Grid/emailAddress=*', '/O=Grid/UID=*'],
    ],
    [`'"/C=CH/*`, []],
  ])('subjects given as %s', (subjects, expected) => {
    expect(subjectsOf(subjects)).toEqual(expected)
  })

  it('reads several CAs, several entries of one, comments, and CRLF', () => {
    const read = policy(
      '# The policy of CERN',
      ...entry(`'"/C=CH/*"'`),
      '',
      ...entry(`'"/C=FR/*"'`, '/CN=Other').map((line) => `  ${line}\r`),
      ...entry(`'"/C=IT/*"'`),
    )
    expect([...(read?.subjects ?? [])]).toEqual([
      [CA, ['/C=CH/*', '/C=IT/*']],
      ['/CN=Other', ['/C=FR/*']],
    ])
  })

  it.each<[string, string[]]>([
    ['without rights', [`access_id_CA X509 '${CA}'`, `cond_subjects globus '"/C=CH/*"'`]],
    [
      'with other rights',
      [`access_id_CA X509 '${CA}'`, 'pos_rights globus CA:read', `cond_subjects globus '"/C=CH/*"'`],
    ],
    [
      'with conditions of another authority',
      [`access_id_CA X509 '${CA}'`, 'pos_rights globus CA:sign', `cond_subjects other '"/C=CH/*"'`],
    ],
    ['cut short', [`access_id_CA X509 '${CA}'`]],
  ])('an entry %s grants nothing', (_, lines) => {
    expect(policy(...lines)?.subjects.get(CA)).toEqual([])
  })

  it('rights of users are not those of a CA', () => {
    const users = ['access_id_USER X509 /CN=x', 'pos_rights globus CA:sign', `cond_subjects globus '"*"'`]
    expect(policy(...users)).toBeNull()
    expect(policy(...entry(`'"/C=CH/*"'`), ...users)?.subjects.get(CA)).toEqual(['/C=CH/*'])
  })

  it.each(['', '# nothing', '\0\0', 'neg_rights globus CA:sign'])('%j is no policy', (text) => {
    expect(policy(text, ...(text.startsWith('neg') ? entry(`'"/C=CH/*"'`) : []))).toBeNull()
  })
})

describe('policyFaults', () => {
  /** Names from the signer’s up to the root’s; the rules look at nothing else. */
  const chain = (...names: string[]) => ({
    certificates: names.map((dn, depth) => ({ dn, ca: names[depth + 1] ?? dn }) as Certificate),
    anchored: true,
  })
  const faults = (names: string[], ...policies: (string[] | null)[]) =>
    policyFaults(chain(...names), {
      policies: policies.flatMap((lines, at) => {
        const read = lines && readSigningPolicy(lines.join('\n'), `${at}`)
        return read ?? []
      }),
    }).map(({ message }) => message)

  it.each<[string, string, boolean]>([
    ['/C=CH/O=CERN/*', '/C=CH/O=CERN/CN=Owen Synge', true],
    ['/C=CH/O=CERN/*', '/C=CH/O=CERN', false],
    ['/C=CH/O=CERN/*', '/C=CH/O=Cern/CN=Owen Synge', false],
    ['/C=CH/O=CERN*', '/C=CH/O=CERN', true],
    ['/C=CH/O=CERN/CN=Owen Synge', '/C=CH/O=CERN/CN=Owen Synge', true],
    ['/C=CH/O=CERN/CN=Owen', '/C=CH/O=CERN/CN=Owen Synge', false],
    ['/C=CH/*/CN=Owen Synge', '/C=CH/O=CERN/CN=Owen Synge', true],
    ['/C=CH/*/CN=Owen Synge', '/C=CH/O=CERN/CN=Owen Synge 2', false],
    ['/C=CH/O=*/OU=*/CN=*', '/C=CH/O=CERN/OU=IT/CN=x', true],
    ['/C=CH/O=*/OU=*/CN=*', '/C=CH/O=CERN/CN=x', false],
    ['/a*a', '/a', false],
    ['*', '/C=CH/O=CERN/CN=Owen Synge', true],
    ['/C=C?/*', '/C=CH/O=CERN/CN=Owen Synge', false],
    ['/O=Grid/Email=*', '/O=Grid/emailAddress=owen@example.org', true],
  ])('%s and %s: %s', (pattern, dn, allowed) => {
    expect(faults([dn, CA], entry(`'"${pattern}"'`)).length === 0).toBe(allowed)
  })

  it('says who may not issue whom, and by which file', () => {
    expect(faults(['/CN=Owen Synge', CA], entry(`'"/C=CH/*"'`))).toEqual([
      `${CA} may not issue /CN=Owen Synge by its signing policy (0)`,
    ])
  })

  it('a CA of which no policy speaks may issue what the CA above it may', () => {
    const root = entry(`'"/C=CH/*"'`)
    expect(faults(['/C=CH/CN=Owen Synge', '/C=CH/CN=Middle', CA], root)).toEqual([])
    expect(faults(['/C=FR/CN=Owen Synge', '/C=CH/CN=Middle', CA], root)).toEqual([
      `${CA} may not issue /C=FR/CN=Owen Synge by its signing policy (0)`,
    ])
    const own = entry(`'"/C=FR/*"'`, '/C=CH/CN=Middle')
    expect(faults(['/C=FR/CN=Owen Synge', '/C=CH/CN=Middle', CA], root, own)).toEqual([])
    expect(faults(['/C=FR/CN=Owen Synge', '/C=FR/CN=Middle', CA], root)).toHaveLength(2)
  })

  it('all policies of a CA must allow it', () => {
    const [wide, narrow] = [entry(`'"/*"'`), entry(`'"/C=CH/*"'`)]
    expect(faults(['/C=FR/CN=Owen Synge', CA], wide)).toEqual([])
    expect(faults(['/C=FR/CN=Owen Synge', CA], wide, narrow)).toHaveLength(1)
  })

  it('without any policy everything is allowed, and a CA may renew itself', () => {
    expect(faults(['/C=FR/CN=Owen Synge', CA])).toEqual([])
    expect(faults(['/CN=Owen Synge', CA], entry(`'"/C=CH/*"'`, '/CN=Other'))).toEqual([])
    expect(faults([CA, CA], entry(`'"/C=FR/*"'`))).toEqual([])
  })

  it('a long name and a pattern of many stars come to an end', () => {
    const patterns = entry(`'"/CN=${'a*'.repeat(500)}b"'`)
    expect(faults([`/CN=${'a'.repeat(50_000)}`, CA], patterns)).toHaveLength(1)
  })
})
