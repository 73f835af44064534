import { execFileSync } from 'node:child_process'
import type { X509Certificate } from 'node:crypto'
import { bytesOf, context, isOid, membersOf, readDer, TAG, type Der } from '../der.ts'
import { certificateOf, signingTime, type SignedForm } from './signed-form.ts'
import { when } from './when.ts'
import { keysOf, textOf, type Wire } from './wire.ts'

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'
const DIGITAL_SIGNATURE = 0x80

/** Point 7: in date when it signed and when the list says that it was made, and made for signing. */
export function certificateFaults(form: SignedForm, wire: Wire | null): string[] {
  const certificate = signerOf(form)
  if (!certificate) return []
  const usage = keyUsage(certificate)
  const times = [
    ...form.cms.signers.flatMap((info) => signingTime(info) ?? []),
    ...(wire ? [new Date(textOf(wire.list, 'dc:date:created'))] : []),
  ]
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  return [
    ...when(
      times.some((time) => time.getTime() < from || time.getTime() > to),
      '7: its certificate was not in date',
    ),
    ...when(usage !== null && !(usage & DIGITAL_SIGNATURE), '7: its keyUsage lacks digitalSignature'),
    ...when(!mayProtectMail(certificate), '7: its extended key usage lacks emailProtection'),
    ...namesOf(certificate).flatMap(nameFaults),
  ]
}

/** Points 6, 8 and 9: one endorser, named as OpenSSL's one-line form names the certificate. */
export function endorserFaults(form: SignedForm, { list }: Wire): string[] {
  const endorser = list['hv:endorser']
  if (Array.isArray(endorser)) return ['6: its endorser is an array']
  const x509 = keysOf(keysOf(endorser)['hv:x509'])
  const certificate = signerOf(form)
  const { subject, issuer } = certificate ? slashForms(certificate) : { subject: '', issuer: '' }
  const missing = ['hv:ca', 'hv:dn', 'hv:email', 'dc:creator'].filter((key) => textOf(x509, key) === '')
  return [
    ...missing.map((key) => `9: its endorser has no ${key}`),
    ...when(textOf(x509, 'hv:dn') !== subject, `8: its hv:dn is not ${subject}`),
    ...when(textOf(x509, 'hv:ca') !== issuer, `8: its hv:ca is not ${issuer}`),
  ]
}

const signerOf = ({ cms }: SignedForm): X509Certificate | null =>
  cms.signers[0] ? certificateOf(cms.signers[0], cms) : null

const told = new Map<string, { subject: string; issuer: string }>()

/** As the openssl program prints them. */
function slashForms({ fingerprint256, raw }: X509Certificate): { subject: string; issuer: string } {
  const known = told.get(fingerprint256)
  if (known) return known
  const options = ['x509', '-inform', 'DER', '-noout', '-subject', '-issuer', '-nameopt', 'compat']
  const text = execFileSync('openssl', options, { input: raw, encoding: 'latin1' })
  const names = {
    subject: /^subject=(.*)$/m.exec(text)?.[1] ?? '',
    issuer: /^issuer=(.*)$/m.exec(text)?.[1] ?? '',
  }
  told.set(fingerprint256, names)
  return names
}

/** TBSCertificate (RFC 5280, section 4.1), without its version. */
function fieldsOf({ raw }: X509Certificate): readonly Der[] {
  const fields = membersOf(membersOf(readDer(raw))[0])
  return fields[0]?.tag === context(0) ? fields.slice(1) : fields
}

function namesOf(certificate: X509Certificate): (Der | undefined)[] {
  const [, , issuer, , subject] = fieldsOf(certificate)
  return [issuer, subject]
}

function nameFaults(name: Der | undefined): string[] {
  const parts = membersOf(name)
  const values = parts.flatMap((part) => membersOf(part).map((one) => bytesOf(membersOf(one)[1])))
  const texts = values.map((value) => value.toString('latin1'))
  return [
    ...when(
      texts.some((text) => /[^ -~]/.test(text)),
      '7: a name in its certificate is not ASCII',
    ),
    ...when(
      parts.some((part) => membersOf(part).length > 1),
      '8: a name in its certificate has a multi-valued part',
    ),
    ...when(
      texts.some((text) => /[/+]/.test(text)),
      '8: a name in its certificate has a / or + in a value',
    ),
  ]
}

function extension(certificate: X509Certificate, type: string): Der | null {
  const extensions = membersOf(fieldsOf(certificate).find(({ tag }) => tag === context(3)))[0]
  const found = membersOf(extensions).find((one) => isOid(membersOf(one)[0], type))
  return found ? readDer(bytesOf(membersOf(found).at(-1))) : null
}

/** Its first byte; null: there is no such extension. */
function keyUsage(certificate: X509Certificate): number | null {
  const bits = extension(certificate, '2.5.29.15')
  return bits?.tag === TAG.bits ? (bytesOf(bits)[1] ?? 0) : null
}

function mayProtectMail(certificate: X509Certificate): boolean {
  const purposes = extension(certificate, '2.5.29.37')
  return purposes === null || membersOf(purposes).some((one) => isOid(one, EMAIL_PROTECTION))
}
