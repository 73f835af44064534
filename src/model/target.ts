/** One of the targets that vmcast.yaml names. */
export interface TargetConfig {
  /** Prefix of the addresses that this target serves; ends in `/`. */
  readonly match: string
  readonly to: string
  /** False where the addresses cannot be reached from here: then the target is asked instead. */
  readonly public: boolean
  /** What else vmcast.yaml says of it. */
  readonly settings: TargetSettings
  /**
   * The keys that an SSH server may show, as `SHA256:…`, behind the key's type where that is known
   * (`ssh-ed25519 SHA256:…`): that of `hostKey`, or those of the `knownHosts` file for this host and port.
   */
  readonly hostKeys: readonly string[]
  /** SHA-256 fingerprints of the CAs at `ca`, sorted: who may vouch for the server. */
  readonly authorities: readonly string[]
}

/** By the schema of vmcast.yaml (a type, not an interface: it is JSON); `desired/rules/targets.ts` says which kind of target takes which. Paths as they stand there. */
export type TargetSettings = {
  /** Names it in the environment: `VMCAST_TOKEN_<NAME>`. */
  readonly name?: string
  readonly hostKey?: string
  readonly knownHosts?: string
  readonly identity?: string
  readonly verify?: 'full'
  readonly endpoint?: string
  readonly region?: string
  readonly pathStyle?: boolean
  readonly singlePublisher?: boolean
  readonly lists?: ServedAs
  readonly images?: ServedAs
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
  readonly client?: 'dccp' | 'globus-url-copy' | 'gfal-copy'
  readonly auth?: 'x509' | 'sso'
  readonly insert?: boolean
  readonly enable?: boolean
}

/** The headers that an object store serves a file with. */
export type ServedAs = {
  readonly contentType?: string
  readonly cacheControl?: string
}
