import { randomUUID } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issue, openssl, type Identity } from '../../scripts/pki.ts'

const KEY_USAGE = 'keyUsage = critical, digitalSignature, keyEncipherment'

/** Kinds of proxy certificates: what is added to the owner's name, and the extensions. */
export const PROXIES = {
  'RFC 3820': ['1906174623', [KEY_USAGE, 'proxyCertInfo = critical, language:id-ppl-inheritAll']],
  'RFC 3820, limited': [
    '7',
    [KEY_USAGE, 'proxyCertInfo = critical, language:1.3.6.1.4.1.3536.1.1.1.9, pathlen:0'],
  ],
  // The attribute certificate itself is of no interest here.
  'RFC 3820 with VOMS attributes': [
    '42',
    [
      KEY_USAGE,
      'proxyCertInfo = critical, language:id-ppl-inheritAll',
      '1.3.6.1.4.1.8005.100.100.5 = DER:30:00',
    ],
  ],
  'Globus Toolkit 3': ['proxy three', [KEY_USAGE, '1.3.6.1.4.1.3536.1.222 = critical, DER:30:00']],
  'Globus Toolkit 2': ['proxy', [KEY_USAGE]],
  'Globus Toolkit 2, limited': ['limited proxy', []],
} as const satisfies Record<string, readonly [string, readonly string[]]>

export type ProxyKind = keyof typeof PROXIES

/** A proxy certificate made from `owner`, whose own file may be that of another proxy. */
export async function makeProxy(
  folder: string,
  owner: Identity,
  kind: ProxyKind,
  dates: { from?: Date; until?: Date } = {},
): Promise<Identity> {
  const shown = await openssl(
    folder,
    'x509',
    '-in',
    owner.certificate,
    '-noout',
    '-subject',
    '-nameopt',
    'compat',
  )
  const [name, extensions] = PROXIES[kind]
  const subject = `${shown.replace(/^subject=/, '')}/CN=${name}`
  return await issue(folder, randomUUID(), owner, { subject, kind: 'rsa', extensions, ...dates })
}

/** As grid tools write it: the proxy, its key, and the way up, in one file of mode 600. */
export async function gridFile(proxy: Identity, ...above: readonly Identity[]): Promise<string> {
  const path = join(proxy.certificate, '..', `x509up-${randomUUID()}`)
  const paths = [proxy.certificate, proxy.key, ...above.map(({ certificate }) => certificate)]
  await writeFile(path, (await Promise.all(paths.map((each) => readFile(each, 'utf8')))).join(''))
  await chmod(path, 0o600)
  return path
}
