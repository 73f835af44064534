import { DAVS } from '../support/published-at.ts'
import { fullDiskTests } from './full-disks.ts'
import { FAULTS, withstand } from './suite.ts'

withstand(DAVS, [...FAULTS, fullDiskTests])
