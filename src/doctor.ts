import { formatTime } from './dates.ts'
import { openCheckout, type Scope } from './checkout.ts'
import { inspect } from './desired/load.ts'
import { checkLists } from './doctor/lists.ts'
import { asFailure, isFault } from './errors.ts'
import { failed, passed, warning, type Check, type Subject } from './list/check.ts'
import type { Desired, Surroundings } from './model.ts'
import { survey } from './survey.ts'
import { findAnchors, loadAnchors, type Anchors } from './trust/anchors.ts'
import { buildChain } from './trust/chain.ts'
import type { Crl } from './trust/crl.ts'
import { examineSigner } from './trust/judge.ts'
import { loadEndorser, loadSigner, type Endorser } from './trust/signer.ts'

/** Something that ends, and when. */
export interface End {
  readonly what: string
  readonly at: string
}

export interface Diagnosis {
  readonly checks: readonly Check[]
  /** The soonest first. */
  readonly ends: readonly End[]
}

/**
 * Looks at all that publishing needs, and publishes nothing: the repository's rules, the CAs, the certificate as subscribers
 * will judge it, its key, every target, and every list as it is out there. What fails is a check, and the rest is
 * still looked at.
 */
export async function diagnose(scope: Scope, surroundings: Surroundings): Promise<Diagnosis> {
  const repository = await examineRepository(scope.root)
  const { desired } = repository
  if (!desired) return { checks: repository.checks, ends: [] }
  const trust = await examineTrust(desired, surroundings)
  const signer = await examineEndorser(desired, trust.anchors, surroundings)
  const parts: Part[] = [repository, trust, signer]
  if (trust.anchors)
    parts.push(await examineTargets(scope, surroundings), await examineLists(scope, surroundings))
  return {
    checks: parts.flatMap(({ checks }) => checks),
    ends: parts.flatMap(({ ends = [] }) => ends).toSorted((a, b) => (a.at < b.at ? -1 : 1)),
  }
}

interface Part {
  readonly checks: readonly Check[]
  readonly ends?: readonly End[]
}

/** What looking finds; an error that a user can meet is a check that failed. */
async function attempt(subject: Subject, look: () => Promise<Part>): Promise<Part> {
  try {
    return await look()
  } catch (error) {
    const { message, remedy } = asFailure(error)
    return { checks: [failed(subject, message, remedy)] }
  }
}

async function examineRepository(root: string): Promise<Part & { desired: Desired | null }> {
  const { desired, faults } = await inspect(root)
  const errors = faults.filter(({ severity }) => severity === 'error')
  const checks = errors.map(({ file, line, column, message, remedy }) =>
    failed('repository', `${file}:${line}:${column}: ${message}`, remedy),
  )
  const [warnings, good] = [faults.length - errors.length, `The YAML files of ${root} are in order`]
  if (!desired) return { desired, checks }
  if (warnings === 0) return { desired, checks: [passed('repository', `${good}.`)] }
  const some = warning(
    'repository',
    `${good}, with warnings: ${warnings}.`,
    'See them with `vmcast validate`.',
  )
  return { desired, checks: [some] }
}

async function examineTrust(
  { config: { trust } }: Desired,
  { env }: Surroundings,
): Promise<Part & { anchors: Anchors | null }> {
  let anchors: Anchors | null = null
  const part = await attempt('trust', async () => {
    anchors = await loadAnchors(await findAnchors(trust.ca, env), trust.crl)
    const { certificates, crls, path } = anchors
    const found = `CA certificates: ${certificates.length}; revocation lists: ${crls.length}`
    return { checks: [passed('trust', `In ${path} are ${found}.`)] }
  })
  return { ...part, anchors }
}

function examineEndorser(
  desired: Desired,
  anchors: Anchors | null,
  surroundings: Surroundings,
): Promise<Part> {
  return attempt('certificate', async () => {
    const { env, home, askPassphrase } = surroundings
    const { signing } = desired.config
    const endorser = await loadEndorser(signing, env, home, askPassphrase)
    const key = await attempt('key', () => examineKey(() => loadSigner(signing, env, home, askPassphrase)))
    const judged = anchors ? judgeEndorser(desired, endorser, anchors, surroundings.now()) : { checks: [] }
    return { checks: [...judged.checks, ...key.checks], ends: judged.ends ?? [] }
  })
}

/** A machine that is to have no key, as where others sign, names none. */
async function examineKey(load: () => Promise<unknown>): Promise<Part> {
  try {
    await load()
    return { checks: [passed('key', 'The signing key is here, and belongs to the certificate.')] }
  } catch (error) {
    if (!isFault(error, 'key-missing')) throw error
    const found = 'This machine has no signing key: it can do all but sign.'
    return { checks: [warning('key', found, `If it should sign: ${error.remedy}`)] }
  }
}

function judgeEndorser({ lists }: Desired, endorser: Endorser, anchors: Anchors, now: Date): Part {
  const { dn, notAfter, certificate, chain } = endorser
  const longest = now.getTime() + Math.max(0, ...lists.map(({ lifetime }) => lifetime))
  const until = new Date(Math.min(notAfter.getTime(), longest))
  const { faults, warnings } = examineSigner(endorser, anchors, now, until)
  const good = passed('certificate', `Subscribers will accept what ${dn} signs.`)
  const { certificates } = buildChain(certificate, chain, anchors, now)
  return {
    checks: [
      ...(faults.length === 0 ? [good] : []),
      ...faults.map(({ message, remedy }) => failed('certificate', sentence(message), remedy)),
      ...warnings.map(({ message, remedy }) => warning('certificate', sentence(message), remedy)),
    ],
    ends: [
      ...certificates.map((one) => ({ what: `certificate ${one.dn}`, at: formatTime(one.notAfter) })),
      ...certificates.slice(1).flatMap((one) => endOfCrl(one.dn, anchors)),
    ],
  }
}

function endOfCrl(dn: string, { crls }: Anchors): End[] {
  const ends = crls.filter(({ issuer }) => issuer === dn).flatMap((crl) => nextUpdate(crl) ?? [])
  const last = ends.toSorted((a, b) => b.getTime() - a.getTime()).at(0)
  return last ? [{ what: `revocation list of ${dn}`, at: formatTime(last) }] : []
}

function nextUpdate(crl: Crl): Date | null {
  try {
    return crl.read().nextUpdate
  } catch {
    return null // one that cannot be read is among the warnings
  }
}

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`

/** Whether every target answers, is who it should be, and lets us in: by a look at a file that need not be there. */
async function examineTargets(scope: Scope, surroundings: Surroundings): Promise<Part> {
  const { desired, pool } = await openCheckout(scope, surroundings)
  try {
    const parts = desired.config.targets.map(({ match, to }) =>
      attempt('target', async () => {
        const { target, key } = await pool.reach(`${match}vmcast-doctor`)
        await target.stat(key)
        return { checks: [passed('target', `${to} answers, and lets us in.`)] }
      }),
    )
    return { checks: (await Promise.all(parts)).flatMap(({ checks }) => checks) }
  } finally {
    await pool.close()
  }
}

function examineLists(scope: Scope, surroundings: Surroundings): Promise<Part> {
  return attempt('list', async () => {
    const { plan, pool } = await survey(scope, { secrets: true, reading: 'defer' }, surroundings)
    await pool.close()
    return {
      checks: checkLists(plan.lists),
      ends: plan.lists.flatMap((list) =>
        list.action !== 'failed' && list.expires.from !== null
          ? { what: `list ${list.name}`, at: list.expires.from }
          : [],
      ),
    }
  })
}
