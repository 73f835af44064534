import type { Finding, Repository, Rule } from './repository.ts'
import {
  addressesAreUnique,
  listsAreServedOverHttps,
  publishedAddressesHaveTargets,
} from './rules/addresses.ts'
import { authoritiesAreReadable } from './rules/authorities.ts'
import { filePathsAreAllowed, fileUrlsAreAllowed } from './rules/files.ts'
import { identifiersAreUnique } from './rules/identity.ts'
import {
  imagesAreListed,
  imagesAreListedOnce,
  listedImagesExist,
  revokedImagesAreGone,
} from './rules/membership.ts'
import { profilesAreServed } from './rules/profiles.ts'
import { keysAreNotCommitted } from './rules/secrets.ts'
import { countersignersAreOthers, signersAreNamedOnce } from './rules/signers.ts'
import {
  clientsSpeakTheirSchemes,
  settingsAreHeeded,
  targetsHaveTheirNames,
  targetsTakeTheirSettings,
} from './rules/target-settings.ts'
import {
  imagesGoWhereFilesLie,
  sshServersAreKnown,
  targetsHaveKnownPlaces,
  targetsMatchPlainPrefixes,
} from './rules/targets.ts'
import {
  keysAreSpelledRight,
  listsRenewBeforeTheyEnd,
  sizesAreNumbers,
  timesExist,
  versionsAreNumbers,
} from './rules/wording.ts'

/** Everything that holds beyond what the schemas say of each file alone. */
const RULES: readonly Rule[] = [
  targetsMatchPlainPrefixes,
  targetsHaveKnownPlaces,
  targetsTakeTheirSettings,
  clientsSpeakTheirSchemes,
  settingsAreHeeded,
  targetsHaveTheirNames,
  sshServersAreKnown,
  authoritiesAreReadable,
  imagesGoWhereFilesLie,
  identifiersAreUnique,
  listedImagesExist,
  imagesAreListedOnce,
  imagesAreListed,
  revokedImagesAreGone,
  countersignersAreOthers,
  signersAreNamedOnce,
  publishedAddressesHaveTargets,
  addressesAreUnique,
  listsAreServedOverHttps,
  filePathsAreAllowed,
  fileUrlsAreAllowed,
  timesExist,
  listsRenewBeforeTheyEnd,
  versionsAreNumbers,
  sizesAreNumbers,
  keysAreSpelledRight,
  profilesAreServed,
  keysAreNotCommitted,
]

export const applyRules = (repository: Repository): readonly Finding[] =>
  RULES.flatMap((rule) => rule(repository))
