import { DAVS } from '../support/published-at.ts'
import { faults } from './suite.ts'

faults(DAVS)
