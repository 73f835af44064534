import { compressionIn } from '../image.ts'
import type { Compression } from '../model.ts'

/** What a file's first bytes say it is; `raw` is everything that says nothing. */
export type Kind = keyof typeof NAMES | 'raw'

/** Bytes from a file's beginning that `kindOf` needs: an ISO 9660 volume tells at 32 KiB. */
export const HEAD = 64 * 1024

const NAMES = {
  qcow: 'qcow (version 1)',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhd: 'vhd',
  vhdx: 'vhdx',
  tar: 'a tar archive (as ova is)',
  iso: 'an ISO 9660 volume',
  gz: 'gz',
  bz2: 'bz2',
  xz: 'xz',
  zst: 'zst',
}

/** In words, for messages. */
export const nameOf = (kind: Kind): string => (kind === 'raw' ? 'a raw disk' : NAMES[kind])

/** Kind, where its mark lies, and the mark; the first that fits wins. */
const MARKS: readonly (readonly [Exclude<Kind, 'raw'>, number, string])[] = [
  ['qcow', 0, 'QFI\xfb\0\0\0\x01'],
  ['qcow2', 0, 'QFI\xfb'],
  ['vmdk', 0, 'KDMV'],
  ['vmdk', 0, 'COWD'],
  ['vmdk', 0, '# Disk DescriptorFile'],
  ['vdi', 64, '\x7f\x10\xda\xbe'],
  ['vhd', 0, 'conectix'],
  ['vhdx', 0, 'vhdxfile'],
  ['gz', 0, '\x1f\x8b\x08'],
  ['bz2', 0, 'BZh'],
  ['xz', 0, '\xfd7zXZ\0'],
  ['zst', 0, '\x28\xb5\x2f\xfd'],
  ['tar', 257, 'ustar'],
  ['iso', 32769, 'CD001'],
]

/** The kind of a file, by its first bytes: at least `HEAD` of them, or all there are. */
export function kindOf(head: Uint8Array): Kind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const marked = MARKS.find(([, at, mark]) => bytes.subarray(at, at + mark.length).equals(latin1(mark)))
  return marked?.[0] ?? 'raw'
}

const latin1 = (mark: string) => Buffer.from(mark, 'latin1')

/**
 * What each format may look like. A fixed VHD begins with the disk itself and tells only by its last sector;
 * a disk that boots from USB stick and DVD alike looks like an ISO volume, and is a raw disk.
 */
const LOOKS = new Map<string, readonly Kind[]>([
  ['raw', ['raw', 'iso']],
  ['img', ['raw', 'iso']],
  ['vhd', ['vhd', 'raw']],
  ['vpc', ['vhd', 'raw']],
  ['ova', ['tar']],
  ['tgz', ['gz']],
  ['gzip', ['gz']],
  ['bzip2', ['bz2']],
  ['zstd', ['zst']],
  ...(['qcow', 'qcow2', 'vmdk', 'vdi', 'vhdx', 'tar', 'iso', 'gz', 'bz2', 'xz', 'zst'] as const).map(
    (kind): [string, readonly Kind[]] => [kind, [kind]],
  ),
])

/**
 * How vmcast has to compress a file of this kind to publish it under `format` (`hv:format` in lower case);
 * null where it is so already, or nothing is asked.
 */
export function compressionDue(format: string, kind: Kind): Compression {
  const asked = compressionIn(format)
  return asked === kind ? null : asked
}

/**
 * Whether a file of this kind can be published under `format`: as it is, or once it is compressed, in
 * which case the part before the last must fit it. A format that nobody here knows fits everything.
 */
export function fits(format: string, kind: Kind): boolean {
  const part = format.split('.').at(compressionDue(format, kind) ? -2 : -1) ?? ''
  return LOOKS.get(part)?.includes(kind) ?? true
}
