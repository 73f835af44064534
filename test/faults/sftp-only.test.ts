import { SFTP_ONLY } from '../support/published-at.ts'
import { faults } from './suite.ts'

faults(SFTP_ONLY)
