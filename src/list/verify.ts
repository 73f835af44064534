import { formatTime, parseTime } from '../dates.ts'
import { isFault } from '../errors.ts'
import type { JsonObject, PublishedList } from '../model.ts'
import type { Anchors } from '../trust/anchors.ts'
import type { Certificate } from '../trust/certificate.ts'
import { examineChain, judgeChain, purposeFaults } from '../trust/chain.ts'
import { failed, judged, passed, warning, type Check } from './check.ts'
import { countersignerChecks, type Demands } from './countersigners.ts'
import { isObject, textOf } from '../json.ts'
import { parse } from './parse.ts'
import { schemaFaults } from './schema.ts'
import { openMessage, readUnverified, type Message, type Unverified } from './smime.ts'

export interface Expectations extends Demands {
  readonly anchors: Anchors
  readonly now: Date
  /** The endorser that the list must be of, in the slash form. */
  readonly dn?: string
  readonly issuer?: string
  /** The address that it was fetched from. */
  readonly from?: string
}

export interface Verification {
  readonly checks: readonly Check[]
  /** The messages of the checks that failed; the list is good if there are none. */
  readonly failures: readonly string[]
  /** What the message names as its signer, and what it holds, good or not; null where there is none. */
  readonly signer: Certificate | null
  readonly list: PublishedList | null
}

/**
 * Checks a signed list as a subscriber would at the time `now`. Every check that can still be made is made,
 * so that all failures are named at once. Source: subscriber contract, points 5 to 12.
 */
export function verifyList(bytes: Uint8Array, expected: Expectations): Verification {
  const { message, intact, checks: signature } = openChecked(bytes)
  const { list, checks: format } = readChecked(message?.content ?? null)
  const signer = message?.signer ?? null
  const checks = [
    ...signature,
    ...(message?.signer ? signerChecks(message.signer, message.others, expected) : []),
    ...(intact ? othersChecks(intact, expected) : []),
    ...format,
    ...(list && signer ? [endorserCheck(list, signer)] : []),
    ...(list ? [schemaCheck(list), ...dateChecks(list.keys, expected.now)] : []),
    ...(list && expected.from !== undefined ? [addressCheck(list.keys, expected.from)] : []),
  ]
  const failures = checks.filter(({ result }) => result === 'failed').map(({ message }) => message)
  return { checks, failures, signer, list }
}

/** A message as far as it could be opened. */
interface Opened {
  /** Also where it is not intact: then the rest is still looked at. */
  readonly message: Unverified | null
  readonly intact: Message | null
  readonly checks: readonly Check[]
}

function openChecked(bytes: Uint8Array): Opened {
  try {
    const message = openMessage(bytes)
    const outdated = warning(
      'digest',
      `It is signed with ${message.digest}.`,
      'Publish it anew: vmcast signs with SHA-256.',
    )
    const signed = passed('signature', `Its signature by ${message.signer.dn} is intact.`)
    return { message, intact: message, checks: [signed, ...(message.digest === 'SHA-1' ? [outdated] : [])] }
  } catch (error) {
    if (!isFault(error, 'message-broken')) throw error
    const checks = [failed('signature', error.message, error.remedy)]
    return { message: salvage(bytes), intact: null, checks }
  }
}

function salvage(bytes: Uint8Array): Unverified | null {
  try {
    return readUnverified(bytes)
  } catch (error) {
    if (isFault(error, 'message-broken')) return null
    throw error
  }
}

function signerChecks(
  signer: Certificate,
  others: readonly Certificate[],
  { anchors, now, dn, issuer }: Expectations,
): Check[] {
  const { faults, warnings } = examineChain(signer, others, anchors, now)
  const purpose = purposeFaults(signer).map(({ message }) => message)
  return [
    judged(
      'chain',
      faults.map(({ message }) => message),
      `Its signer’s certificate leads to a CA in ${anchors.path}.`,
      {
        message: (reasons) => `Its signer is not trusted: ${reasons}.`,
        remedy:
          'Ask the endorser to publish it anew with a certificate in date; see that their CA is in the trust folder.',
      },
    ),
    ...warnings.map(({ message, remedy }) => warning('chain', `Of its signer’s chain: ${message}.`, remedy)),
    judged('purpose', purpose, 'Its signer’s certificate may sign.', {
      message: (reasons) => `Its signer’s certificate is not fit for signing: ${reasons}.`,
      remedy: 'Ask the endorser to sign with a personal certificate.',
    }),
    ...(dn === undefined ? [] : [expectation('Its signer', signer.dn, dn)]),
    ...(issuer === undefined ? [] : [expectation('The CA of its signer', signer.ca, issuer)]),
  ]
}

/** Countersigners are judged as signers are. */
function othersChecks(message: Message, expected: Expectations): Check[] {
  const { anchors, now } = expected
  const distrust = (certificate: Certificate) => judgeChain(certificate, message.others, anchors, now)
  return countersignerChecks(message, distrust, expected)
}

function expectation(what: string, found: string, wanted: string): Check {
  if (found === wanted) return passed('expected', `${what} is ${wanted}, as expected.`)
  return failed(
    'expected',
    `${what} is ${found}, not ${wanted}.`,
    'Find out who published this list before you trust it.',
  )
}

function readChecked(content: string | null): { list: PublishedList | null; checks: Check[] } {
  if (content === null) return { list: null, checks: [] }
  try {
    return { list: parse(content), checks: [] }
  } catch (error) {
    if (!isFault(error, 'list-malformed')) throw error
    return { list: null, checks: [failed('format', error.message, error.remedy)] }
  }
}

/**
 * Why the list’s hv:endorser is not its signer; null if it is. Source: subscriber contract, points 8 and 9.
 */
export function endorserFault({ keys }: PublishedList, { dn, ca }: Certificate): string | null {
  const endorser = isObject(keys['hv:endorser']) ? keys['hv:endorser'] : {}
  const x509 = isObject(endorser['hv:x509']) ? endorser['hv:x509'] : {}
  const named = { dn: textOf(x509, 'hv:dn') ?? '', ca: textOf(x509, 'hv:ca') ?? '' }
  if (named.dn !== dn) return `hv:endorser names ${named.dn || 'nobody'}, but ${dn} signed`
  if (named.ca !== ca) return `hv:endorser names the CA ${named.ca || '(none)'}, but the signer’s is ${ca}`
  return null
}

function endorserCheck(list: PublishedList, signer: Certificate): Check {
  const reason = endorserFault(list, signer)
  return judged('endorser', reason === null ? [] : [reason], 'Its signer is its endorser.', {
    message: (reasons) => `Its signer is not its endorser: ${reasons}.`,
    remedy: 'Ask the endorser to publish it anew, with hv:dn and hv:ca of the certificate that signs.',
  })
}

function schemaCheck(list: PublishedList): Check {
  return judged('schema', schemaFaults(list), 'It has the keys of the HEPiX format.', {
    message: (reasons) => `It is not in the HEPiX format: ${reasons}.`,
    remedy: 'Ask the endorser to publish it anew with what is missing.',
  })
}

function dateChecks(keys: JsonObject, now: Date): Check[] {
  const created = parseTime(textOf(keys, 'dc:date:created'))
  const expires = parseTime(textOf(keys, 'dc:date:expires'))
  const faults = [
    ...(created ? [] : ['dc:date:created is no time']),
    ...(expires ? [] : ['dc:date:expires is no time']),
    ...(created && created > now ? [`it was made in the future, at ${formatTime(created)}`] : []),
    ...(expires && expires <= now ? [`it expired at ${formatTime(expires)}`] : []),
  ]
  return [
    judged('dates', faults, `It is valid until ${textOf(keys, 'dc:date:expires') ?? ''}.`, {
      message: (reasons) => `Its dates are wrong: ${reasons}.`,
      remedy: 'Ask the endorser to publish it anew; if it is from the future, check both clocks.',
    }),
  ]
}

function addressCheck(keys: JsonObject, from: string): Check {
  const uri = textOf(keys, 'hv:uri') ?? ''
  if (uri === from) return passed('address', 'It is at the address that it names.')
  return warning(
    'address',
    `It names another address: ${uri}.`,
    'Subscribe to the address that the list names.',
  )
}
