import { S3 } from '../support/published-at.ts'
import { secrecy } from './suite.ts'

secrecy(S3)
