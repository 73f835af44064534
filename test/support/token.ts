import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { ENDORSER_EXTENSIONS, openssl } from '../../scripts/pki.ts'

const MODULE = '/usr/lib/softhsm/libsofthsm2.so'
const PIN = '5678'

/** A key in a token of SoftHSM: it was made there, and never leaves it. */
export interface TokenKey {
  readonly certificate: string
  /** The command line that signs with it. */
  readonly program: readonly string[]
  /** What that needs in its environment. */
  readonly env: Readonly<Record<string, string>>
}

/** An endorser under the CA in `pki/` of a sample repository, with a key of that kind in a token. */
export async function tokenEndorser(root: string, kind: 'rsa:2048' | 'EC:prime256v1'): Promise<TokenKey> {
  const pki = join(root, 'pki')
  await mkdir(join(pki, 'tokens'))
  const env = { SOFTHSM2_CONF: join(pki, 'softhsm2.conf'), TOKEN_PIN: PIN }
  await writeFile(env.SOFTHSM2_CONF, `directories.tokendir = ${join(pki, 'tokens')}\n`)
  const pins = ['--so-pin', '1234', '--pin', PIN]
  await execa('softhsm2-util', ['--init-token', '--free', '--label', 'endorser', ...pins], { env })
  const tool = ['--module', MODULE, '--id', '01']
  const login = ['--login', '--pin', 'env:TOKEN_PIN']
  await execa('pkcs11-tool', [...tool, ...login, '--keypairgen', '--key-type', kind], { env })
  const [spki, extensions, certificate] = ['token.der', 'token.ext', 'tokencert.pem'].map((name) =>
    join(pki, name),
  ) as [string, string, string]
  await execa('pkcs11-tool', [...tool, '--read-object', '--type', 'pubkey', '--output-file', spki], { env })
  await writeFile(extensions, ENDORSER_EXTENSIONS.join('\n'))
  await openssl(
    pki,
    ...['x509', '-new', '-force_pubkey', spki, '-subj', '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge'],
    ...[
      '-CA',
      'authority/ca.cert.pem',
      '-CAkey',
      'authority/ca.key.pem',
      '-extfile',
      extensions,
      '-days',
      '90',
    ],
    ...['-out', certificate],
  )
  const mechanism = kind === 'rsa:2048' ? 'RSA-PKCS' : 'ECDSA'
  return {
    certificate,
    program: ['pkcs11-tool', ...tool, ...login, '--sign', '--mechanism', mechanism],
    env,
  }
}
