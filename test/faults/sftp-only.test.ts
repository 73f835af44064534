import { SFTP_ONLY } from '../support/published-at.ts'
import { FAULTS, withstand } from './suite.ts'

withstand(SFTP_ONLY, FAULTS)
