import { expect, test } from 'vitest'
import { chmod } from 'node:fs/promises'
import type { Scene } from '../support/publisher.ts'
import { smallDisk } from '../support/hard-places.ts'

const MB = 1_000_000

/** A server whose disk takes one build and half of the next, until somebody makes room. */
export function fullDiskTests(open: () => Scene): void {
  test('a full disk: an error that says so, the old list stays, and the next run finishes where there is room', async () => {
    const publisher = await open().publisher({ images: 2, bytes: 3 * MB })
    const disk = await smallDisk(10 * MB, publisher.spot.folder)
    await chmod(disk.folder, 0o777)
    await publisher.build(0)
    const first = await publisher.reconcile()
    expect(first.status, first.stdout + first.stderr).toBe(0)
    await publisher.build(1)
    const { status, stdout, stderr } = await publisher.reconcile()
    expect(status, stdout + stderr).toBe(1)
    expect(stdout + stderr).toMatch(/full|no room|no space/i)
    expect(stdout + stderr).not.toMatch(/This is a bug|^ +at /m)
    await publisher.expectVersion('0.0.1')
    await publisher.expectLittle()
    disk.grow(30 * MB)
    await publisher.finish('0.0.2')
  }, 150_000)
}
