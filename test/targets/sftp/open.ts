import type { TargetConfig, TargetSettings } from '../../../src/model.ts'
import { openSftp, openWithin, type SftpTimes } from '../../../src/targets/sftp.ts'
import type { Keyring, Target } from '../../../src/targets/target.ts'
import type { Sshd } from '../../support/servers/sshd.ts'

interface Meeting {
  readonly settings?: TargetSettings
  readonly env?: Keyring['env']
  readonly home?: string
  readonly base?: string
  readonly askPassphrase?: Keyring['askPassphrase']
  readonly hostKeys?: readonly string[]
  readonly to?: string
  readonly times?: SftpTimes
}

/** A target in `folder` of this machine, behind `sshd`, with everything in order but what a test says otherwise. */
export function openOn(
  sshd: Pick<Sshd, 'identity' | 'hostKeys' | 'to'>,
  folder: string,
  meeting: Meeting = {},
): Promise<Target> {
  const config: TargetConfig = {
    match: 'https://images.example.org/',
    to: meeting.to ?? sshd.to(folder),
    public: true,
    settings: meeting.settings ?? {},
    authorities: [],
    hostKeys: meeting.hostKeys ?? [...sshd.hostKeys.values()].map(({ fingerprint }) => fingerprint),
  }
  const keyring: Keyring = {
    env: meeting.env ?? { VMCAST_SSH_KEY: sshd.identity },
    home: meeting.home ?? '/nowhere',
    base: meeting.base ?? '/nowhere',
    askPassphrase: meeting.askPassphrase ?? (() => Promise.reject(new Error('nobody is asked'))),
    endorser: () => Promise.reject(new Error('nobody endorses')),
  }
  return meeting.times ? openWithin(meeting.times, config, keyring) : openSftp(config, keyring)
}
