/** Variables that hold a secret, or where to find one. What a target's variables are called: `targets/secret.ts`. */
const SECRET =
  /^(?:VMCAST_(?:X509_(?!CERT$).+|SSH_KEY|SSH_PASSPHRASE|(?:TOKEN|PASSWORD|PASSPHRASE|S3)_.+)(?<!_HOST)|VMCASTER_X509_KEY|X509_USER_KEY|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|GITHUB_TOKEN)$/

/** A shorter line would hide every other word of a log. */
const SHORTEST = 6

/** What no log may show: each secret, and each line of it, since a log shows lines. */
export const secretsIn = (env: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const values = Object.entries(env).flatMap(([name, value]) => (SECRET.test(name) && value ? value : []))
  const lines = values.flatMap((value) => [value, ...value.split(/\r?\n/)].map((line) => line.trim()))
  return [...new Set(lines)].filter((line) => line.length >= SHORTEST && !line.startsWith('-----'))
}
