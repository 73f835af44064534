import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  makeCrl,
  type CrlWish,
  type Identity,
  type Wish,
} from '../../../scripts/pki.ts'
import type { Case } from './case.ts'

const DAY = 86_400_000

/** Of whole seconds, as certificates and `-attime` are. */
export const NOW = new Date(Math.floor(Date.now() / 1000) * 1000)
export const days = (count: number): Date => new Date(NOW.getTime() + count * DAY)
export const PAST = { from: days(-20), until: days(-10) }
export const FUTURE = { from: days(10), until: days(20) }
export const CA = 'basicConstraints = critical, CA:TRUE'

let folder = ''
let count = 0

/** A temporary folder for all that is made here. */
export async function openWorkshop(): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), 'vmcast-chains-'))
  return folder
}

export const closeWorkshop = (): Promise<void> => rm(folder, { recursive: true })

/** A certificate under `issuer`; what is not wished for is usual. */
export const make = (issuer: Identity | null, wish: Wish): Promise<Identity> =>
  issue(folder, `${(count += 1)}`, issuer, { kind: 'p256', from: days(-100), until: days(100), ...wish })

export const authority = (
  issuer: Identity | null,
  name: string,
  wish: Partial<Wish> = {},
): Promise<Identity> =>
  make(issuer, { subject: `/DC=org/CN=${name}`, extensions: AUTHORITY_EXTENSIONS, ...wish })

export const endorser = (issuer: Identity | null, wish: Partial<Wish> = {}): Promise<Identity> =>
  make(issuer, { subject: '/DC=org/CN=Owen Synge', extensions: ENDORSER_EXTENSIONS, ...wish })

/** The revocation list of `issuer`, current if nothing else is wished for. */
export const crl = (issuer: Identity, wish: CrlWish = {}): Promise<string> =>
  makeCrl(folder, `${(count += 1)}`, issuer, { from: days(-5), until: days(5), ...wish })

/** An entry of a revocation list. */
export async function revoking({ certificate }: Identity, reason?: string, on = days(-1)) {
  const { serialNumber: serial } = new X509Certificate(await readFile(certificate))
  return { serial, on, ...(reason === undefined ? {} : { reason }) }
}

/** A root, and an endorser with these extensions instead of the usual ones. */
export const withExtensions = (...extensions: string[]): Promise<Case> => withLeaf({ extensions })

/** A root, a CA between with these peculiarities, and an endorser. */
export async function withMiddle(
  wish: Partial<Wish>,
  rootWish: Partial<Wish> = {},
): Promise<Case & { root: Identity; middle: Identity }> {
  const root = await authority(null, 'Root', rootWish)
  const middle = await authority(root, 'Middle', wish)
  // What has no key identifier cannot be named by it.
  const leafWish = wish.extensions?.length === 0 ? { extensions: [] } : {}
  return { leaf: await endorser(middle, leafWish), others: [middle], trusted: [root], root, middle }
}

export async function withRoot(wish: Partial<Wish>): Promise<Case & { root: Identity }> {
  const root = await authority(null, 'Root', wish)
  return { leaf: await endorser(root), trusted: [root], root }
}

export async function withLeaf(wish: Partial<Wish>): Promise<Case & { root: Identity }> {
  const root = await authority(null, 'Root')
  return { leaf: await endorser(root, wish), trusted: [root], root }
}
