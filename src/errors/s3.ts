/** Targets: S3. */
export const s3Errors = {
  's3-name': (d: { endpoint: string }) => ({
    message: `The S3 target at ${d.endpoint} has no \`name\`, so nothing can say that this host may have your credentials.`,
    remedy:
      'Give it one in vmcast.yaml (`name: store`), and set VMCAST_S3_STORE_HOST to the host where the credentials are set.',
  }),
  's3-setting': (d: { setting: string; reason: string }) => ({
    message: `The setting \`${d.setting}\` of an S3 target is not usable: ${d.reason}.`,
    remedy: 'Mend it in vmcast.yaml, as docs/targets.md shows.',
  }),
  's3-no-credentials': (d: { place: string }) => ({
    message: `There are no S3 credentials for ${d.place}.`,
    remedy: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role.',
  }),
  's3-credentials': (d: { place: string; code: string }) => ({
    message: `The server does not accept the S3 credentials for ${d.place} (${d.code}).`,
    remedy:
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or the profile), and that `endpoint` names the server that they are of.',
  }),
  's3-expired': (d: { place: string }) => ({
    message: `The S3 session token for ${d.place} has expired.`,
    remedy: 'Get a new session, then run again: an upload goes on where it was.',
  }),
  's3-clock': (d: { place: string }) => ({
    message: `The clock of this machine differs too much from that of ${d.place}.`,
    remedy: 'Set the clock (NTP), then run again.',
  }),
  's3-bucket': (d: { place: string }) => ({
    message: `The bucket of ${d.place} does not exist.`,
    remedy: 'Create it, or mend the target’s `to` (or `endpoint`) in vmcast.yaml.',
  }),
  's3-no-region': (d: { place: string }) => ({
    message: `Nothing says in which region the bucket of ${d.place} is.`,
    remedy:
      'Set `region` at the target in vmcast.yaml, as in `region: eu-central-1`; for a server other than AWS, `endpoint` and `name`.',
  }),
  's3-region': (d: { place: string; region: string | null }) => ({
    message: `The bucket of ${d.place} is in another region${d.region === null ? '' : `: ${d.region}`}.`,
    remedy: `Set the target’s \`region\`${d.region === null ? '' : `: ${d.region}`} in vmcast.yaml.`,
  }),
  's3-denied': (d: { place: string }) => ({
    message: `The S3 credentials do not permit what vmcast has to do at ${d.place}.`,
    remedy:
      'Check the credentials, and permit s3:ListBucket and s3:ListBucketMultipartUploads for the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts below the prefix.',
  }),
  's3-certificate': (d: { place: string; reason: string }) => ({
    message: `The certificate of the server behind ${d.place} is not trusted (${d.reason}).`,
    remedy: 'Check `endpoint`; if a CA of your own signed it, name its file in NODE_EXTRA_CA_CERTS.',
  }),
  's3-unconditional': (d: { place: string }) => ({
    message: `The server behind ${d.place} does not keep to conditions (If-None-Match, If-Match) when it writes, so of two publishers at once one would silently undo the other.`,
    remedy:
      'Use a server that does; or, if nobody else ever publishes there, set `singlePublisher: true` at the target in vmcast.yaml.',
  }),
  's3-failed': (d: { place: string; reason: string }) => ({
    message: `The server refused ${d.place}: ${d.reason}.`,
    remedy: 'Check `endpoint`, bucket and settings of the target, and that the server speaks S3.',
  }),
}
