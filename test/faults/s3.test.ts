import { S3 } from '../support/published-at.ts'
import { secretTests } from './secrets.ts'
import { refusalTests } from './servers.ts'
import { FAULTS, withstand } from './suite.ts'

withstand(S3, [...FAULTS, refusalTests, secretTests])
