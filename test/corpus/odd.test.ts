import { afterAll, beforeAll, expect, it } from 'vitest'
import { SEED } from '../support/corpus.ts'
import { ATTRIBUTES } from '../support/odd/attributes.ts'
import { CERTIFICATES } from '../support/odd/certificates.ts'
import { judge, table, type Case } from '../support/odd/court.ts'
import { ENCODINGS } from '../support/odd/encoding.ts'
import { GIANTS, MAILS } from '../support/odd/mime.ts'
import { anyScene, mailOf, makeEndorsers, usual, type Endorser, type Scene } from '../support/odd/scene.ts'
import { SIGNERS } from '../support/odd/signers.ts'
import { makePki, type Pki } from '../support/pki.ts'
import { seeded } from '../support/random.ts'

const USUAL = 'nothing odd'

/** How often each oddity comes, each time in another message. */
const ROUNDS = [
  [USUAL, { 'nothing odd': (scene: Scene) => mailOf(scene, usual(scene)) }, 50],
  ['signed attributes', ATTRIBUTES, 10],
  ['signers', SIGNERS, 10],
  ['certificates and content', CERTIFICATES, 10],
  ['encoding', ENCODINGS, 10],
  ['mail', MAILS, 10],
  ['giants', GIANTS, 2],
] as const

const BOTH = ['smime', 'cms'] as const

let pki: Pki
let endorsers: readonly Endorser[]
beforeAll(async () => {
  pki = await makePki()
  endorsers = await makeEndorsers(pki)
})
afterAll(() => pki.remove())

function* oddMessages(): Generator<Case> {
  const random = seeded(SEED)
  for (const [kind, oddities, rounds] of ROUNDS)
    for (const [name, make] of Object.entries(oddities))
      for (let round = 0; round < rounds; round++) {
        const scene = anyScene(endorsers, random)
        const { by, countersigned, hash, opaque, crlf, predecessor } = scene
        const told = JSON.stringify({ by: by.dn, countersigned, hash, opaque, crlf, predecessor })
        const recipe = `${name} (${round} of seed ${SEED}, ${told})`
        // Both programs read mail by the same code; what is in it, each by its own.
        const programs = oddities === MAILS || oddities === GIANTS ? [BOTH[round % 2] ?? 'cms'] : BOTH
        yield { kind, bytes: Buffer.from(make(scene), 'latin1'), recipe, programs }
      }
}

it('an odd message is only accepted if OpenSSL accepts it too, with the same content', async () => {
  const judgement = await judge(oddMessages(), pki.trust, 10)
  console.log(table(judgement))
  expect(judgement.faults).toEqual([])
  expect(judgement.counts.get(USUAL)).toMatchObject({ messages: 50, accepted: 50 })
  expect(judgement.messages).toBeGreaterThanOrEqual(2000)
}, 600_000)
