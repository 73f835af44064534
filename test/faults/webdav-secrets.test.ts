import { DAVS_PASSWORD, DAVS_TOKEN } from '../support/published-at.ts'
import { secretTests } from './secrets.ts'
import { withstand } from './suite.ts'

withstand(DAVS_PASSWORD, [secretTests])
withstand(DAVS_TOKEN, [secretTests])
