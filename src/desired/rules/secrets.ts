import { error, type Finding, type Repository } from '../repository.ts'

/** What git tracks, everybody who may read the repository has. */
export const keysAreNotCommitted = ({ trackedKeys }: Repository): readonly Finding[] =>
  trackedKeys.map((file) =>
    error({ file }, [], {
      rule: 'private-key',
      message: 'Git tracks this file, and it holds a private key.',
      remedy:
        'Take it out (`git rm --cached`), ignore it, and if it was ever pushed, have the certificate revoked and get a new key.',
    }),
  )
