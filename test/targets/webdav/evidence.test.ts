import { expect, test } from 'vitest'
import { Evidence, sumBy } from '../../../src/targets/webdav/evidence.ts'
import { noise } from '../../support/bytes-source.ts'

test('ADLER32 is that of RFC 1950', () => {
  expect(sumBy('adler32', Buffer.from(''))).toBe('00000001')
  expect(sumBy('adler32', Buffer.from('Wikipedia'))).toBe('11e60398')
  expect(sumBy('adler32', Buffer.alloc(1_000_000, 0xff))).toBe('3843e1be')
})

test('samples are what went by, wherever the chunks end, and few', async () => {
  const pieces = noise(3_000_001, 77_777)
  const bytes = Buffer.concat(pieces)
  const evidence = new Evidence('md5')
  async function* chunks() {
    for (const piece of [new Uint8Array(), ...pieces]) yield await Promise.resolve(piece)
  }
  const passed: Uint8Array[] = []
  for await (const chunk of evidence.tap(chunks())) passed.push(Uint8Array.from(chunk))
  expect(Buffer.concat(passed).equals(bytes)).toBe(true)
  const blocks = evidence.samples.map(({ position, bytes: sample }) => {
    expect(sample.equals(bytes.subarray(position, position + sample.length))).toBe(true)
    return Math.floor(position / 77_777)
  })
  expect(blocks).toHaveLength(33)
  expect(new Set(blocks.slice(0, -1)).size).toBe(32)
  expect(blocks.at(-1)).toBe(38)
  expect(evidence.sum()).toBe(sumBy('md5', bytes))
})
