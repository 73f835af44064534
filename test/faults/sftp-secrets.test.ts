import { SFTP_INLINE, SFTP_PASSPHRASE } from '../support/published-at.ts'
import { secretTests } from './secrets.ts'
import { withstand } from './suite.ts'

withstand(SFTP_PASSPHRASE, [secretTests])
withstand(SFTP_INLINE, [secretTests])
