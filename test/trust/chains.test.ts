import { describe } from 'vitest'
import { PATHS } from '../support/chains/paths.ts'
import { PURPOSES } from '../support/chains/purposes.ts'
import { STRENGTHS } from '../support/chains/strengths.ts'
import { agree } from '../support/chains/table.ts'

describe('vmcast agrees with OpenSSL on chains', () => {
  agree({ ...PATHS, ...PURPOSES, ...STRENGTHS })
})
