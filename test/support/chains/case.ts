import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { makeTrustFolder, openssl, type Identity } from '../../../scripts/pki.ts'
import { openMessage } from '../../../src/list/smime.ts'
import { verifyList } from '../../../src/list/verify.ts'
import { isFault } from '../../../src/errors.ts'
import { loadAnchors } from '../../../src/trust/anchors.ts'
import type { Certificate } from '../../../src/trust/certificate.ts'
import { judgeChain } from '../../../src/trust/chain.ts'
import { examineSigner } from '../../../src/trust/judge.ts'
import { NOW } from './workshop.ts'

/** A chain of certificates, and who is trusted. */
export interface Case {
  readonly leaf: Identity
  /** What comes with the message. */
  readonly others?: readonly Identity[]
  readonly trusted: readonly Identity[]
  /** Given: revocation lists are required, of every CA. */
  readonly crls?: readonly string[]
  /** Files of the trust folder that OpenSSL knows nothing of, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Trust in one file instead of a folder. */
  readonly bundle?: boolean
  readonly at?: Date
  /** Why vmcast refuses what OpenSSL accepts. There is no case of the other way round. */
  readonly stricter?: string
}

/** By what they are about. */
export type Rows = Readonly<Record<string, () => Promise<Case>>>

/** A message signed by a case’s leaf, and where its trust is. */
export interface Scene {
  readonly path: string
  readonly trust: string
  readonly at: Date
  readonly mode: 'require' | 'if-there'
  readonly bundle: boolean
}

const CONTENT = '{"hv:imagelist": {"dc:title": "README example", "hv:images": []}}\n'

/** Has OpenSSL sign a list with the case’s certificates. */
export async function stage(folder: string, name: string, made: Case): Promise<Scene> {
  const { leaf, others = [], trusted, crls, files = {}, bundle = false, at = NOW } = made
  const base = join(folder, name.replaceAll(/\W/g, '-'))
  const paths = others.map(({ certificate }) => certificate)
  await writeFile(`${base}.others.pem`, await concatenate(paths))
  await writeFile(`${base}.json`, CONTENT)
  await openssl(
    folder,
    ...['cms', '-sign', '-in', `${base}.json`, '-out', `${base}.msg`],
    ...['-signer', leaf.certificate, '-inkey', leaf.key],
    ...(others.length > 0 ? ['-certfile', `${base}.others.pem`] : []),
  )
  const trust = `${base}.trust`
  if (bundle)
    await writeFile(trust, await concatenate([...trusted.map((one) => one.certificate), ...(crls ?? [])]))
  else await makeTrustFolder(trust, trusted, crls)
  for (const [file, text] of Object.entries(files)) await writeFile(join(trust, file), text)
  return { path: `${base}.msg`, trust, at, mode: crls ? 'require' : 'if-there', bundle }
}

const concatenate = async (paths: readonly string[]): Promise<string> =>
  (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('')

/** Why vmcast refuses it, if it does; the same for a list that is verified, and for its signer alone. */
export async function askVmcast({ path, trust, at, mode }: Scene): Promise<string | null> {
  const bytes = await readFile(path)
  const anchors = await loadAnchors(trust, mode)
  const refused = verifyList(bytes, { anchors, now: at })
    .checks.filter(({ result, name }) => result === 'failed' && OF_SIGNER.has(name))
    .map(({ message }) => message)
  const judged = judgeSignerOf(bytes, (leaf, others) => judgeChain(leaf, others, anchors, at))
  if ((judged === null) !== (refused.length === 0))
    throw new Error(`${judged ?? 'accepted'} ≠ ${refused.join()}`)
  return judged
}

const OF_SIGNER = new Set<string>(['signature', 'chain', 'purpose'])

/** Whether vmcast would sign with it. */
export async function wouldSign({ path, trust, at, mode }: Scene): Promise<boolean> {
  const anchors = await loadAnchors(trust, mode)
  const refused = judgeSignerOf(await readFile(path), (certificate, chain) =>
    examineSigner({ certificate, chain }, anchors, at).faults.length > 0 ? 'refused' : null,
  )
  return refused === null
}

/** What cannot even be read is refused by the reader’s words. */
function judgeSignerOf(
  bytes: Uint8Array,
  judge: (signer: Certificate, others: readonly Certificate[]) => string | null,
): string | null {
  try {
    const { signer, others } = openMessage(bytes)
    return judge(signer, others)
  } catch (error) {
    if (isFault(error, 'message-broken')) return error.message
    throw error
  }
}

/** Whether OpenSSL accepts it: the same by both of its programs, or they are the test’s mistake. */
export async function askOpenssl(scene: Scene, ...more: readonly string[]): Promise<boolean> {
  const { path, trust, at, mode, bundle } = scene
  const options = [
    ...(bundle ? ['-CAfile', trust, '-no-CApath'] : ['-CApath', trust, '-no-CAfile']),
    ...['-no-CAstore', '-attime', `${at.getTime() / 1000}`],
    ...(mode === 'require' ? ['-crl_check_all'] : []),
    ...more,
  ]
  const [smime, cms] = await Promise.all(
    [['smime'], ['cms', '-purpose', 'smimesign']].map((program) =>
      execa('openssl', [...program, '-verify', '-in', path, ...options], { reject: false }),
    ),
  )
  if (smime?.exitCode !== cms?.exitCode) throw new Error(`${smime?.stderr ?? ''}\n≠\n${cms?.stderr ?? ''}`)
  return cms?.exitCode === 0
}
