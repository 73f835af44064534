/** Certificates, keys, and whom we trust. */
export const trustErrors = {
  'trust-missing': (d: { tried: readonly string[] }) => ({
    message: `There is no CA to trust: ${d.tried.join(', ')}.`,
    remedy: 'Give trust.ca in vmcast.yaml, or X509_CERT_DIR in the environment.',
  }),
}
