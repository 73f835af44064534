import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ENDORSER_EXTENSIONS, issue, type Identity, type Wish } from '../../scripts/pki.ts'

/** Gives the endorser of `pki/` a new certificate for the same name, from the same CA. */
export async function renewEndorser(pki: string, dates: { from: Date; until: Date }): Promise<void> {
  const renewed = await anotherEndorser(pki, 'renewed', { ...dates, subject: endorserNamed('Owen Synge') })
  await copyFile(renewed.certificate, join(pki, 'usercert.pem'))
  await copyFile(renewed.key, join(pki, 'userkey.pem'))
}

/** The CA of `pki/`, and the name that it gives somebody. */
export const AUTHORITY = '/DC=org/DC=example/CN=Throwaway CA'
export const endorserNamed = (name: string): string => `/DC=org/DC=example/OU=Endorsers/CN=${name}`

/** Issues a certificate from the CA of `pki/`. */
export async function anotherEndorser(
  pki: string,
  name: string,
  wish: Partial<Wish> = {},
): Promise<Identity> {
  const papers = join(pki, 'authority')
  const ca = { certificate: join(papers, 'ca.cert.pem'), key: join(papers, 'ca.key.pem') }
  return await issue(papers, name, ca, {
    subject: endorserNamed(name),
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
    ...wish,
  })
}
