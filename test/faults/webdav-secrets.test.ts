import { DAVS_PASSWORD } from '../support/published-at.ts'
import { secrecy } from './suite.ts'

secrecy(DAVS_PASSWORD)
