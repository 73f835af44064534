import { SFTP } from '../support/published-at.ts'
import { faults } from './suite.ts'

faults(SFTP)
