import { SFTP_PASSPHRASE } from '../support/published-at.ts'
import { secrecy } from './suite.ts'

secrecy(SFTP_PASSPHRASE)
