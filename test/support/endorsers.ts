import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ENDORSER_EXTENSIONS, issue } from '../../scripts/pki.ts'

/** Gives the endorser of `pki/` a new certificate for the same name, from the same CA. */
export async function renewEndorser(pki: string, dates: { from: Date; until: Date }): Promise<void> {
  const papers = join(pki, 'authority')
  const ca = { certificate: join(papers, 'ca.cert.pem'), key: join(papers, 'ca.key.pem') }
  const renewed = await issue(papers, 'renewed', ca, {
    subject: '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge',
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
    ...dates,
  })
  await copyFile(renewed.certificate, join(pki, 'usercert.pem'))
  await copyFile(renewed.key, join(pki, 'userkey.pem'))
}
