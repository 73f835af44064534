import { describe } from 'vitest'
import { REVOCATIONS } from '../support/chains/revocations.ts'
import { agree } from '../support/chains/table.ts'

describe('vmcast agrees with OpenSSL on revocation', () => {
  agree(REVOCATIONS)
})
