import { DAV } from '../support/published-at.ts'
import { refusalTests } from './servers.ts'
import { withstand } from './suite.ts'

withstand(DAV, [refusalTests])
