import { afterAll, beforeAll, expect, it } from 'vitest'
import { ATTRIBUTES } from '../support/odd/attributes.ts'
import { CERTIFICATES } from '../support/odd/certificates.ts'
import { judge, table, type Case } from '../support/odd/court.ts'
import { ENCODINGS } from '../support/odd/encoding.ts'
import { MAILS } from '../support/odd/mime.ts'
import { makeEndorsers, oneOf, type Endorser, type Scene } from '../support/odd/scene.ts'
import { SIGNERS } from '../support/odd/signers.ts'
import { SEED } from '../support/corpus.ts'
import { makePki, type Pki } from '../support/pki.ts'
import { seeded } from '../support/random.ts'

const ODDITIES = Object.entries({ ...ATTRIBUTES, ...SIGNERS, ...CERTIFICATES, ...ENCODINGS, ...MAILS })
const ROUNDS = Number(process.env['ROUNDS'] ?? 9)

let pki: Pki
let endorsers: readonly Endorser[]
beforeAll(async () => {
  pki = await makePki()
  endorsers = await makeEndorsers(pki)
})
afterAll(() => pki.remove())

function* odd(): Generator<Case> {
  const random = seeded(SEED)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, make] of ODDITIES) {
      const flip = () => random() < 0.5
      const by = oneOf({ random }, endorsers)
      const others = endorsers.filter((one) => one !== by)
      const scene: Scene = {
        by,
        countersigner: oneOf({ random }, others),
        countersigned: flip(),
        hash: oneOf({ random }, ['sha1', 'sha256', 'sha256', 'sha512']),
        opaque: flip(),
        crlf: flip(),
        predecessor: flip(),
        random,
      }
      const { countersigned, hash, opaque, crlf, predecessor } = scene
      const told = JSON.stringify({ countersigned, hash, opaque, crlf, predecessor })
      const recipe = `${name} (round ${round} of seed ${SEED}: ${by.dn}, ${told})`
      yield { kind: name, bytes: Buffer.from(make(scene), 'latin1'), recipe }
    }
  }
}

it('odd messages', async () => {
  const { faults, counts, longest, memory } = await judge(odd(), pki.trust)
  console.log(table(counts), '\n', ODDITIES.length, longest, memory / 2 ** 20)
  expect(faults).toEqual([])
}, 600_000)
