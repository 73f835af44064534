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
    for (const piece of pieces) yield await Promise.resolve(piece)
  }
  const passed: Uint8Array[] = []
  for await (const chunk of evidence.tap(chunks())) passed.push(Uint8Array.from(chunk))
  expect(Buffer.concat(passed).equals(bytes)).toBe(true)
  expect(evidence.samples).toHaveLength(16)
  for (const { start, bytes: sample } of evidence.samples) {
    expect(sample.equals(bytes.subarray(start, start + sample.length))).toBe(true)
  }
  expect(new Set(evidence.samples.map(({ start }) => start)).size).toBe(16)
  expect(evidence.sum()).toBe(sumBy('md5', bytes))
})
