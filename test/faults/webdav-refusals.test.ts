import { DAV } from '../support/published-at.ts'
import { refusals } from './suite.ts'

refusals(DAV)
