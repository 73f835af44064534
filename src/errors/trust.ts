/** Certificates, keys, and whom we trust. None of these ever quotes a key or a passphrase. */
export const trustErrors = {
  'trust-missing': (d: { folder: string }) => ({
    message: `There is no CA to trust: nothing names any, and there is no folder ${d.folder}.`,
    remedy:
      'Give trust.ca in vmcast.yaml (`sign` and `countersign` read it where --repo names its folder), --ca where the command has it, or X509_CERT_DIR in the environment.',
  }),
  'trust-unreadable': (d: { path: string; reason: string }) => ({
    message: `The CAs to trust cannot be read from ${d.path}: ${d.reason}.`,
    remedy: 'Point trust.ca at a folder of CA certificates, or at a file of them in PEM.',
  }),
  'certificate-missing': (d: { wanted: readonly string[] }) => ({
    message: 'There is no certificate to sign with: nothing names one, and none lies in ~/.globus.',
    remedy: `Give one as ${d.wanted.join(' or ')}.`,
  }),
  'certificate-unreadable': (d: { name: string }) => ({
    message: `${d.name} holds no readable X.509 certificate.`,
    remedy:
      'Give a certificate in PEM with its line breaks, beginning with -----BEGIN CERTIFICATE-----, or a PKCS#12 file.',
  }),
  'key-missing': (d: { certificate: string; wanted: readonly string[] }) => ({
    message: `The certificate is given by ${d.certificate}, but its private key is not.`,
    remedy: `Give the key as ${d.wanted.join(' or ')}.`,
  }),
  'key-unreadable': (d: { name: string }) => ({
    message: `${d.name} holds no readable private key.`,
    remedy: 'Give an RSA or EC private key in PEM with its line breaks, or a PKCS#12 file.',
  }),
  'key-cipher': (d: { name: string }) => ({
    message: `The private key (${d.name}) is encrypted in a way that OpenSSL has given up.`,
    remedy: 'Encrypt it anew: `openssl pkcs8 -topk8 -provider legacy -provider default -in OLD -out NEW`.',
  }),
  'key-unopened': (d: { name: string }) => ({
    message: `The private key (${d.name}) cannot be read, neither with this passphrase nor, it seems, with another.`,
    remedy:
      'Try the passphrase once more; if it is right, the key is damaged or lost its line breaks: take it from a copy.',
  }),
  'key-damaged': (d: { name: string }) => ({
    message: `The private key (${d.name}) is damaged: what it signs does not verify.`,
    remedy: 'Take it from a copy.',
  }),
  'pkcs12-unreadable': (d: { name: string; reason: string }) => ({
    message: `${d.name} is a PKCS#12 file that cannot be used: ${d.reason}.`,
    remedy: 'Export certificate and key once more, from the browser or with `openssl pkcs12 -export`.',
  }),
  'proxy-signer': (d: { name: string; kind: string; dn: string; principal: string }) => ({
    message: `${d.name} is ${d.kind} certificate (${d.dn}): subscribers cannot verify what a proxy signs.`,
    remedy: `Sign with the certificate that it was made from (${d.principal}); a proxy may log in at targets.`,
  }),
  'proxy-ended': (d: { path: string; ended: string }) => ({
    message: `The proxy certificate ${d.path} ended on ${d.ended}.`,
    remedy: 'Make a new one, as with `voms-proxy-init`, or unset X509_USER_PROXY.',
  }),
  'key-exposed': (d: { path: string }) => ({
    message: `The private key ${d.path} can be read by other users.`,
    remedy: `Run \`chmod 600 ${d.path}\`; if others had access, have the certificate revoked.`,
  }),
  'key-mismatch': (d: { certificate: string; key: string }) => ({
    message: `The private key (${d.key}) does not belong to the certificate (${d.certificate}).`,
    remedy: 'Give the key that the certificate was requested with.',
  }),
  'signing-file-unreadable': (d: { path: string; reason: string }) => ({
    message: `${d.path} cannot be read: ${d.reason}.`,
    remedy: 'Mend the path, or give the user that runs vmcast read permission.',
  }),
  'signing-variable-unreadable': (d: { name: string; reason: string }) => ({
    message: `${d.name} holds no PEM, and taken for a path it cannot be read: ${d.reason}.`,
    remedy:
      'Give the path of a file that vmcast may read, or the PEM itself: it begins with -----BEGIN, and has its line breaks; not in base64 once more, and not on one line.',
  }),
  'passphrase-missing': (d: { what: string; variable: string }) => ({
    message: `A passphrase opens ${d.what}, and there is no terminal to ask for it.`,
    remedy: `Give ${d.variable} in the environment.`,
  }),
  'passphrase-wrong': (d: { name: string }) => ({
    message: `The passphrase does not open the private key (${d.name}).`,
    remedy: 'Give the right one, at the prompt or in its variable (VMCAST_X509_PASSPHRASE for signing).',
  }),
  'signer-refused': (d: {
    dn: string
    reasons: readonly { readonly message: string; readonly remedy: string }[]
  }) => ({
    message: `Subscribers would refuse what ${d.dn} signs: ${d.reasons.map(({ message }) => message).join('; ')}.`,
    remedy: [...new Set(d.reasons.map(({ remedy }) => remedy))].join(' '),
  }),
}
