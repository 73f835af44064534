import type { Rows } from './case.ts'
import { authority, CA, endorser, withExtensions, withMiddle, withRoot } from './workshop.ts'

const UNKNOWN = '1.2.3.4.5 = critical, ASN1:NULL'
const BLOCK = 'sbgp-ipAddrBlock = critical, IPv4:10.0.0.0/8'

/** What certificates are for. */
export const PURPOSES: Rows = {
  'an unknown critical extension': () => withExtensions(UNKNOWN),
  'an unknown extension': () => withExtensions('1.2.3.4.5 = ASN1:NULL'),
  'an unknown critical extension of the CA between': () => withMiddle({ extensions: [CA, UNKNOWN] }),
  'critical policies': () => withExtensions('certificatePolicies = critical, 1.2.3.4'),
  'keyUsage for encryption alone': () => withExtensions('keyUsage = keyEncipherment'),
  'keyUsage nonRepudiation alone': () => withExtensions('keyUsage = nonRepudiation'),
  'no keyUsage at all': () => withExtensions('subjectKeyIdentifier = hash'),
  'no extensions at all': () => withExtensions(),
  'the endorser’s certificate is a CA’s': () =>
    withExtensions(CA, 'keyUsage = keyCertSign, digitalSignature'),
  'a host certificate': () => withExtensions('extendedKeyUsage = serverAuth'),
  'a client’s certificate': () => withExtensions('extendedKeyUsage = clientAuth'),
  'a certificate for code': () => withExtensions('extendedKeyUsage = codeSigning'),
  'a certificate for mail': () => withExtensions('extendedKeyUsage = critical, emailProtection'),
  'a certificate for anything': () => withExtensions('extendedKeyUsage = anyExtendedKeyUsage'),
  'a CA between for clients': () => withMiddle({ extensions: [CA, 'extendedKeyUsage = clientAuth'] }),
  'a CA between for mail': () => withMiddle({ extensions: [CA, 'extendedKeyUsage = emailProtection'] }),
  'a root for servers': () => withRoot({ extensions: [CA, 'extendedKeyUsage = serverAuth'] }),
  'Netscape: a server': () => withExtensions('nsCertType = server'),
  'Netscape: a client': () => withExtensions('nsCertType = client'),
  'Netscape: mail': () => withExtensions('nsCertType = email'),
  'Netscape: objects': () => withExtensions('nsCertType = objsign'),
  'Netscape: a CA for servers, nothing else said': () => withMiddle({ extensions: ['nsCertType = sslCA'] }),
  'Netscape: a CA for mail, nothing else said': () => withMiddle({ extensions: ['nsCertType = emailCA'] }),
  'keyUsage that only a second byte speaks of': () => withExtensions('keyUsage = decipherOnly'),
  'keyUsage of no bits': () => withExtensions('2.5.29.15 = DER:030100'),
  'keyUsage for agreement alone': () => withExtensions('keyUsage = keyAgreement'),
  'a certificate for mail and much else': () =>
    withExtensions('extendedKeyUsage = serverAuth, emailProtection, 1.2.3.4.5'),
  'a certificate for time stamps': () => withExtensions('extendedKeyUsage = critical, timeStamping'),
  'extended key usage of nothing': () => withExtensions('2.5.29.37 = DER:3000'),
  'a CA between for anything': () =>
    withMiddle({ extensions: [CA, 'extendedKeyUsage = anyExtendedKeyUsage'] }),
  'another name that is garbage': () => withExtensions('2.5.29.17 = DER:0500'),
  'another name that is critical': () => withExtensions('subjectAltName = critical, email:owen@example.org'),
  'other names of many kinds': () =>
    withExtensions(
      'subjectAltName = email:owen@example.org, URI:https://example.org/, IP:192.0.2.1, RID:1.2.3.4, dirName:dir, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:owen@example.org',
      '[dir]',
      'CN = Owen Synge',
    ),
  'a distribution point that is garbage': () => withExtensions('2.5.29.31 = DER:0500'),
  'basic constraints that are garbage': () => withMiddle({ extensions: ['2.5.29.19 = DER:0500'] }),
  'critical policies of the CA between, with constraints': () =>
    withMiddle({ extensions: [CA, 'policyConstraints = critical, requireExplicitPolicy:0'] }),
  'address blocks that the root does not have': () => withExtensions(BLOCK),
  'address blocks that the root has': async () => {
    const root = await authority(null, 'Root', { extensions: [CA, BLOCK] })
    return {
      leaf: await endorser(root, { extensions: [BLOCK] }),
      trusted: [root],
      stricter: 'blocks of addresses say nothing about endorsers: as critical, they are unknown here',
    }
  },
}
