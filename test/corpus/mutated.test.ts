import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openssl } from '../../scripts/pki.ts'
import { countersignMessage, sign } from '../../src/list/smime.ts'
import { SEED } from '../support/corpus.ts'
import { anyMutation, inSignature } from '../support/mutations.ts'
import { judge, table, type Case } from '../support/odd/court.ts'
import { listBy, makeEndorsers, type Endorser } from '../support/odd/scene.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { MENDED_SEED } from '../support/seed.ts'

const MUTATIONS = 20_000

const BOTH = ['smime', 'cms'] as const

/** Ways of signing that OpenSSL knows; the predecessors’ is the first. */
const WAYS = [
  ['smime', '-sign', '-md', 'sha1'],
  ['smime', '-sign', '-text', '-crlfeol'],
  ['smime', '-sign', '-nodetach'],
  ['cms', '-sign', '-keyid', '-noattr'],
] as const

let pki: Pki
let messages: readonly Pick<Case, 'kind' | 'bytes' | 'programs'>[]
beforeAll(async () => {
  pki = await makePki()
  const endorsers = await makeEndorsers(pki)
  messages = [
    ...(await signedByVmcast(endorsers)),
    ...(await Promise.all(endorsers.map(signedByOpenssl))).flat(),
    { kind: 'of 2011', bytes: Buffer.from(MENDED_SEED) },
  ]
})
afterAll(() => pki.remove())

async function signedByVmcast(endorsers: readonly Endorser[]) {
  const found: { kind: string; bytes: Buffer }[] = []
  for (const [index, one] of endorsers.entries()) {
    const signer = await signerOf(one.identity)
    const other = await signerOf((endorsers[index - 1] ?? endorsers.at(-1) ?? one).identity)
    const bytes = Buffer.from(await sign(listBy(one), signer, new Date()))
    const crlf = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    const countersigned = Buffer.from(await countersignMessage(bytes, other, new Date()))
    found.push({ kind: 'vmcast', bytes }, { kind: 'vmcast, CRLF', bytes: crlf })
    found.push({ kind: 'vmcast, countersigned', bytes: countersigned })
  }
  return found
}

async function signedByOpenssl({ identity, ...endorser }: Endorser) {
  const list = join(pki.folder, `${endorser.key.asymmetricKeyType}-${endorser.chain.length}.json`)
  await writeFile(list, listBy({ identity, ...endorser }))
  const { certificate, key } = identity
  const chain = endorser.chain.length > 0 ? ['-certfile', join(pki.folder, 'between.cert.pem')] : []
  const who = ['-signer', certificate, ...chain, '-inkey', key, '-in', list]
  const signed = WAYS.map(async ([program, ...way]) => ({
    kind: [program, ...way].join(' '),
    bytes: Buffer.from(`${await openssl(pki.folder, program, ...way, ...who)}\n`),
    programs: program === 'cms' ? (['cms'] as const) : undefined,
  }))
  return Promise.all(signed)
}

const anyChange = fc.oneof(
  anyMutation.map((mutate) => ({ where: 'anywhere', mutate })),
  anyMutation.map((mutate) => ({ where: 'in the signature', mutate: inSignature(mutate) })),
)

function* mutatedMessages(): Generator<Case> {
  const drawn = fc.tuple(fc.constantFrom(...messages), anyChange)
  for (const [index, [message, { where, mutate }]] of fc
    .sample(drawn, { seed: SEED, numRuns: MUTATIONS })
    .entries())
    yield {
      ...message,
      bytes: Buffer.from(mutate(message.bytes.toString('latin1')), 'latin1'),
      // In turn: such changes are not what the two would disagree about.
      programs: message.programs ?? [BOTH[index % 2] ?? 'cms'],
      recipe: `${message.kind}, changed ${where} (${index} of seed ${SEED})`,
    }
}

it('a message that was not changed is accepted, and the one of 2011 intact', async () => {
  const { faults, counts } = await judge(
    messages.map((message) => ({ ...message, recipe: message.kind })),
    pki.trust,
    1,
  )
  expect(faults).toEqual([])
  for (const [kind, { messages, accepted }] of counts)
    expect(accepted).toBe(kind === 'of 2011' ? 0 : messages)
})

it('a message that was changed is only accepted if OpenSSL accepts it too, with the same content', async () => {
  const judgement = await judge(mutatedMessages(), pki.trust, 50)
  console.log(table(judgement))
  expect(judgement.faults).toEqual([])
  expect(judgement.messages).toBe(MUTATIONS)
}, 600_000)
