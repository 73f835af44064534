/** A raw disk image of 1 MiB whose boot sector says hello on the screen and on the first serial port. */

const SECTOR = 512
const SIZE = 1024 * 1024
const LOADED_AT = 0x7c00

/** 16-bit x86: print the text behind the code with the BIOS and to port 0x3f8, byte by byte, then halt. */
const CODE = [
  [0x31, 0xc0], // xor ax, ax
  [0x8e, 0xd8], // mov ds, ax
  [0xbb, 0x07, 0x00], // mov bx, 7
  [0xbe, 0x1d, 0x7c], // mov si, text
  [0xac], // next: lodsb
  [0x84, 0xc0], // test al, al
  [0x74, 0x0a], // jz halt
  [0xb4, 0x0e], // mov ah, 0x0e
  [0xcd, 0x10], // int 0x10
  [0xba, 0xf8, 0x03], // mov dx, 0x3f8
  [0xee], // out dx, al
  [0xeb, 0xf1], // jmp next
  [0xfa, 0xf4], // halt: cli, hlt
  [0xeb, 0xfd], // jmp halt
].flat()

/** One bootable Linux partition over the rest of the disk. */
const PARTITION = { at: 446, first: 1, sectors: SIZE / SECTOR - 1 }

/** The disk's bytes: the same on every machine, so that its sha512 can be pinned. */
export function bootableDisk(text: string): Uint8Array {
  const disk = Buffer.alloc(SIZE)
  disk.set(CODE)
  if (disk.readUInt16LE(8) !== LOADED_AT + CODE.length) throw new Error('the code points beside its text')
  disk.write(`${text}\r\n`, CODE.length, 'ascii')
  disk.set([0x80, 0, 2, 0, 0x83, 0xff, 0xff, 0xff], PARTITION.at)
  disk.writeUInt32LE(PARTITION.first, PARTITION.at + 8)
  disk.writeUInt32LE(PARTITION.sectors, PARTITION.at + 12)
  disk.set([0x55, 0xaa], SECTOR - 2)
  return disk
}
