import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressionDue, fits, HEAD, kindOf } from '../../src/files/magic.ts'

const at = (offset: number, mark: string) => {
  const head = Buffer.alloc(HEAD)
  head.write(mark, offset, 'latin1')
  return head
}

describe('kindOf', () => {
  test.each([
    ['qcow', at(0, 'QFI\xfb\0\0\0\x01')],
    ['qcow2', at(0, 'QFI\xfb\0\0\0\x02')],
    ['qcow2', at(0, 'QFI\xfb\0\0\0\x03')],
    ['vmdk', at(0, 'KDMV')],
    ['vmdk', at(0, '# Disk DescriptorFile\nversion=1')],
    ['vdi', at(64, '\x7f\x10\xda\xbe')],
    ['vhd', at(0, 'conectix')],
    ['vhdx', at(0, 'vhdxfile')],
    ['tar', at(257, 'ustar')],
    ['iso', at(32769, 'CD001')],
    ['gz', gzipSync('image')],
    ['bz2', spawnSync('bzip2', ['-c'], { input: 'image' }).stdout],
    ['bz2', spawnSync('bzip2', ['-c'], { input: '' }).stdout],
    ['xz', at(0, '\xfd7zXZ\0')],
    ['zst', at(0, '\x28\xb5\x2f\xfd')],
    ['raw', at(510, '\x55\xaa')],
    ['raw', Buffer.alloc(0)],
    ['raw', Buffer.from('QF')],
  ])('knows %s', (kind, head) => {
    expect(kindOf(head)).toBe(kind)
  })

  test('never fails, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (head) => typeof kindOf(head) === 'string'))
  })
})

describe('fits and compressionDue', () => {
  test.each([
    ['qcow2', 'qcow2', true, null],
    ['qcow2', 'raw', false, null],
    ['qcow2', 'qcow', false, null],
    ['raw', 'raw', true, null],
    ['raw', 'iso', true, null],
    ['raw', 'qcow2', false, null],
    ['raw', 'gz', false, null],
    ['ova', 'tar', true, null],
    ['ova', 'vmdk', false, null],
    ['vhd', 'vhd', true, null],
    ['vhd', 'raw', true, null],
    ['raw.gz', 'gz', true, null],
    ['raw.gz', 'raw', true, 'gz'],
    ['raw.gz', 'qcow2', false, 'gz'],
    ['raw.gz', 'bz2', false, 'gz'],
    ['qcow2.bz2', 'qcow2', true, 'bz2'],
    ['qcow2.bz2', 'bz2', true, null],
    ['gz', 'raw', true, 'gz'],
    ['gz', 'gz', true, null],
    ['raw.xz', 'xz', true, null],
    ['raw.xz', 'raw', false, null],
    ['raw.zst', 'zst', true, null],
    ['something-new', 'raw', true, null],
    ['something-new', 'gz', true, null],
    ['', 'raw', true, null],
  ] as const)('%s of a file that is %s', (format, kind, fitting, due) => {
    expect(fits(format, kind)).toBe(fitting)
    expect(compressionDue(format, kind)).toBe(due)
  })
})
