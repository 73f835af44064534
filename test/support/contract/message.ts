import type { KeyObject } from 'node:crypto'
import { isOid, membersOf, TAG } from '../der.ts'
import {
  certificateOf,
  countersignersOf,
  signs,
  type Cms,
  type SignedForm,
  type SignerInfo,
} from './signed-form.ts'
import { when } from './when.ts'

/** Points 1 to 6: the mail, and the structure of its signature. */
export const messageFaults = (form: SignedForm): string[] => [
  ...headerFaults(form),
  ...partFaults(form),
  ...signatureFaults(form),
]

function headerFaults({ lines, boundary }: SignedForm): string[] {
  const type = `Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg="sha-256"; boundary="${boundary}"`
  return [
    ...when(lines[0] !== 'MIME-Version: 1.0', '1: its first line is not the MIME version'),
    ...when(lines[1] !== type, '1: its second line is not the one unfolded Content-Type'),
    ...when(boundary.length < 2, '1: its boundary is too short'),
    ...when(lines[2] !== '' || lines[3] !== 'This is an S/MIME signed message', '1: its preamble is another'),
  ]
}

function partFaults({ part, signaturePart }: SignedForm): string[] {
  const end = signaturePart.indexOf('')
  const headers = signaturePart.slice(0, end)
  const base64 = signaturePart.slice(end + 1).join('\n')
  return [
    ...when(part[0] !== '', '2: its signed part does not begin with an empty line'),
    ...when(!part[1]?.startsWith('{'), '2: its JSON does not follow that empty line'),
    ...when(
      !headers.includes('Content-Type: application/x-pkcs7-signature; name="smime.p7s"') ||
        !headers.includes('Content-Transfer-Encoding: base64'),
      '4: its signature part has other headers',
    ),
    ...when(
      !/^([\w+/]{64}\n)*[\w+/]{1,64}={0,2}\n*$/.test(base64),
      '4: its signature is not base64 in 64 columns',
    ),
  ]
}

function signatureFaults({ cms, part }: SignedForm): string[] {
  const [info, another] = cms.signers
  if (!info) return ['5: nobody signed it']
  const key = certificateOf(info, cms)?.publicKey
  const content = Buffer.from(part.join('\r\n'), 'latin1')
  return [
    ...when(another !== undefined, '5: it has more than one SignerInfo'),
    ...when(cms.encapsulated, '5: its signature holds the content once more'),
    ...when(info.sid.tag !== TAG.sequence, '5: its signer is not named by issuer and serial number'),
    ...(key ? algorithmFaults(info, key) : ['5: its signer’s certificate is not in it']),
    ...when(key !== undefined && !signs(info, content, key), '3: it is not signed over its CRLF form'),
    ...countersignersOf(info).flatMap((one) => countersignatureFaults(one, info, cms)),
  ]
}

const RSA = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.13']
const ECDSA = ['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.4']

/** P-384 is taken with a warning: OpenSSL does, and the others were not tried. */
function algorithmFaults({ digest, signatureAlgorithm }: SignerInfo, key: KeyObject): string[] {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? ''
  const known = key.asymmetricKeyType === 'rsa' ? RSA : ECDSA
  const [algorithm] = membersOf(signatureAlgorithm)
  return [
    ...when(digest !== 'sha256' && digest !== 'sha512', '5: its digest is not SHA-256 or SHA-512'),
    ...when(
      key.asymmetricKeyType !== 'rsa' && !['prime256v1', 'secp384r1'].includes(curve),
      '5: its signer’s key is neither RSA nor on P-256',
    ),
    ...when(!known.some((one) => isOid(algorithm, one)), '5: its signature is neither PKCS#1 v1.5 nor ECDSA'),
  ]
}

/** Over the signature's bytes, with a certificate that is there, and that is not the signer's own. */
function countersignatureFaults(counter: SignerInfo, info: SignerInfo, cms: Cms): string[] {
  const certificate = certificateOf(counter, cms)
  if (!certificate) return ['6: a countersigner’s certificate is not in it']
  return when(!signs(counter, info.signature, certificate.publicKey), '6: a countersignature is not one')
}
