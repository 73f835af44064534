import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMessage } from '../../src/list/smime.ts'
import { loadAnchors } from '../../src/trust/anchors.ts'
import { examineChain, judgeChain } from '../../src/trust/chain.ts'
import { stage, type Case } from '../support/chains/case.ts'
import {
  authority,
  CA,
  closeWorkshop,
  crl,
  days,
  endorser,
  NOW,
  openWorkshop,
  PAST,
  revoking,
  withLeaf,
  withMiddle,
  withRoot,
} from '../support/chains/workshop.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkshop()
})
afterAll(closeWorkshop)

/** What a message by this case’s leaf, and its trust folder, come to. */
async function open(name: string, made: Case, mode: 'require' | 'if-there' = 'if-there') {
  const { path, trust } = await stage(folder, name, made)
  const { signer, others } = openMessage(await readFile(path))
  return { signer, others, anchors: await loadAnchors(trust, mode) }
}

const judge = async (name: string, made: Case) => {
  const { signer, others, anchors } = await open(name, made)
  return judgeChain(signer, others, anchors, NOW)
}

describe('judgeChain', () => {
  it('says what is not interpreted', async () => {
    const constraints = ['nameConstraints = critical, permitted;dirName:section', '[section]', 'DC = org']
    expect(await judge('constrained', await withRoot({ extensions: [CA, ...constraints] }))).toBe(
      'the certificate /DC=org/CN=Root has name constraints, which vmcast does not interpret',
    )
  })

  it('names a forgery for what it is', async () => {
    const leaf = await endorser(await authority(null, 'Root'), {
      extensions: ['authorityKeyIdentifier = none'],
    })
    expect(await judge('forged', { leaf, trusted: [await authority(null, 'Root')] })).toBe(
      'the signature on /DC=org/CN=Owen Synge is not its CA’s',
    )
  })

  it('gives every reason at once', async () => {
    const { leaf } = await withLeaf({ ...PAST, extensions: ['extendedKeyUsage = serverAuth'] })
    const reason = await judge('several', { leaf, trusted: [await authority(null, 'Other')] })
    expect(reason?.split('; ')).toEqual([
      expect.stringMatching(/^the certificate \/DC=org\/CN=Owen Synge ended on /),
      'no trusted certificate of its CA /DC=org/CN=Root was found',
      'its extended key usage lacks emailProtection (unsuitable certificate purpose)',
    ])
  })
})

describe('examineChain, where revocation lists are not required', () => {
  async function examine(name: string, made: Case) {
    const { signer, others, anchors } = await open(name, made)
    const { faults, warnings } = examineChain(signer, others, anchors, NOW)
    return { faults: faults.map(({ code }) => code), warnings: warnings.map(({ code }) => code) }
  }

  it('warns once of all CAs that have none', async () => {
    const { signer, others, anchors } = await open('none', await withMiddle({}))
    const { faults, warnings } = examineChain(signer, others, anchors, NOW)
    expect(faults).toEqual([])
    expect(warnings).toEqual([
      {
        code: 'crl-missing',
        message:
          'nobody can say whether certificates were revoked: there is no revocation list of /DC=org/CN=Middle, /DC=org/CN=Root',
        remedy: expect.stringContaining('fetch-crl') as string,
      },
    ])
  })

  it('warns of one that is stale, early, by somebody else, or limited', async () => {
    const { root, ...made } = await withRoot({})
    const forger = await authority(null, 'Root')
    const wishes = {
      'crl-stale': crl(root, PAST),
      'crl-early': crl(root, { from: days(1), until: days(5) }),
      'crl-forged': crl(forger, { extensions: [] }),
      'crl-missing': crl(forger),
      'crl-limited': crl(root, { extensions: ['issuingDistributionPoint = critical, onlyCA:TRUE'] }),
    }
    const usage = [CA, 'keyUsage = keyCertSign', 'subjectKeyIdentifier = hash']
    const { root: unentitled, ...other } = await withRoot({ extensions: usage })
    expect(await examine('unentitled', { ...other, crls: [await crl(unentitled)] })).toEqual({
      faults: [],
      warnings: ['crl-unentitled'],
    })
    for (const [code, wish] of Object.entries(wishes))
      expect(await examine(code, { ...made, crls: [await wish] })).toEqual({ faults: [], warnings: [code] })
    expect(await examine('good', { ...made, crls: [await crl(root)] })).toEqual({ faults: [], warnings: [] })
  })

  it('believes a revocation by any list that its CA signed, however old or limited', async () => {
    const { root, ...made } = await withRoot({})
    const revoked = [await revoking(made.leaf, 'keyCompromise')]
    const limited = { extensions: ['issuingDistributionPoint = critical, onlyCA:TRUE'] }
    const wishes = { stale: PAST, early: { from: days(1), until: days(5) }, limited, good: {} }
    for (const [name, wish] of Object.entries(wishes)) {
      const made2 = { ...made, crls: [await crl(root, { ...wish, revoked })] }
      expect((await examine(`revoked-${name}`, made2)).faults).toEqual(['revoked'])
    }
    const forged = await crl(await authority(null, 'Root'), { revoked, extensions: [] })
    expect((await examine('revoked-forged', { ...made, crls: [forged] })).faults).toEqual([])
  })

  it('says who was revoked, when, why, and where that stands', async () => {
    const { root, ...made } = await withRoot({})
    const crls = [await crl(root, { revoked: [await revoking(made.leaf, 'keyCompromise')] })]
    const { signer, others, anchors } = await open('why', { ...made, crls })
    expect(judgeChain(signer, others, anchors, NOW)).toMatch(
      /^the certificate \/DC=org\/CN=Owen Synge was revoked on \d{4}-.*Z: its key was compromised \(.*\.r0\)$/,
    )
  })

  it('judges an old signature by what is revoked now, and by lists that are current now', async () => {
    const { root, ...made } = await withRoot({})
    const good = await open('old-good', { ...made, crls: [await crl(root)] }, 'require')
    expect(judgeChain(good.signer, good.others, good.anchors, days(-50), NOW)).toBeNull()
    expect(judgeChain(good.signer, good.others, good.anchors, days(-50))).toContain('is only valid from')
    const crls = [await crl(root, { revoked: [await revoking(made.leaf)] })]
    const revoked = await open('old-revoked', { ...made, crls }, 'require')
    expect(judgeChain(revoked.signer, revoked.others, revoked.anchors, days(-50), NOW)).toContain(
      'was revoked on',
    )
  })

  it('says nothing about lists where nobody is trusted', async () => {
    const { leaf } = await withRoot({})
    const made = { leaf, trusted: [await authority(null, 'Other')] }
    expect(await examine('stranger', made)).toEqual({ faults: ['issuer-missing'], warnings: [] })
  })

  it('warns of SHA-1 and of short keys, except of how a root signed itself', async () => {
    const { leaf, root } = await withRoot({ digest: 'sha1', kind: 'rsa-1024' })
    const crls = [await crl(root)]
    expect(await examine('short-root', { leaf, trusted: [root], crls })).toEqual({
      faults: [],
      warnings: ['key-outdated'],
    })
    const { root: usual, ...made } = await withLeaf({ digest: 'sha1', kind: 'rsa-1024' })
    expect(await examine('short-leaf', { ...made, crls: [await crl(usual, { digest: 'sha1' })] })).toEqual({
      faults: [],
      warnings: ['digest-outdated', 'key-outdated', 'crl-outdated'],
    })
  })
})
