import { S3 } from '../support/published-at.ts'
import { refusals } from './suite.ts'

refusals(S3)
