import { S3 } from '../support/published-at.ts'
import { faults } from './suite.ts'

faults(S3)
