import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compose, serialize } from '../../src/list/compose.ts'
import { sign } from '../../src/list/smime.ts'
import { survey } from '../../src/survey.ts'
import { loadSigner } from '../../src/trust/signer.ts'
import { GIB, quiet, repositoryOf, vmcast, writeNoise, type Comparison } from './comparison.ts'
import type { Subject } from './measure.ts'

export function startUp(): Promise<Comparison> {
  return Promise.resolve({
    name: 'start-up',
    subjects: [
      { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
      { name: 'vmcast --version', ...vmcast('', '.', '--version') },
    ],
    limits: [{ subject: 'vmcast --version', what: 'extra seconds', most: 0.12 }],
  })
}

/** 1 GiB that does not compress, published to a folder; beside its checksum, and a checksum and a copy. */
export async function image(scratch: string): Promise<Comparison> {
  const repository = await repositoryOf(scratch, 'image', { lists: 1, images: 1, bytes: 0, pinned: false })
  const file = join(repository, 'build/1-1.img')
  await writeNoise(file, GIB)
  const fresh = async () => {
    await rm(join(repository, 'public'), { recursive: true, force: true })
    await rm(join(scratch, 'cache'), { recursive: true, force: true })
  }
  return {
    name: 'publish 1 GiB',
    subjects: [
      { name: 'sha512sum', command: ['sha512sum', file] },
      { name: 'openssl dgst -sha512', command: ['openssl', 'dgst', '-sha512', file] },
      {
        name: 'sha512sum && cp && sync',
        command: ['sh', '-c', 'sha512sum "$0" && cp "$0" "$1" && sync "$1"', file, join(scratch, 'copy')],
        prepare: () => rm(join(scratch, 'copy'), { force: true }),
      },
      { name: 'vmcast reconcile', ...vmcast(scratch, repository, 'reconcile'), prepare: fresh },
    ],
    limits: [
      { subject: 'vmcast reconcile', what: 'ratio', most: 1.15 },
      { subject: 'vmcast reconcile', what: 'MB', most: 150 },
    ],
  }
}

/** From YAML to a signed and verified list, nothing published before. */
export async function hundredImages(scratch: string): Promise<Comparison> {
  const repository = await repositoryOf(scratch, 'hundred', {
    lists: 1,
    images: 100,
    bytes: 4096,
    pinned: false,
  })
  const fresh = () => rm(join(repository, 'public'), { recursive: true, force: true })
  return {
    name: 'a list of 100 images',
    subjects: [{ name: 'vmcast reconcile', ...vmcast(scratch, repository, 'reconcile'), prepare: fresh }],
    limits: [{ subject: 'vmcast reconcile', what: 'seconds', most: 1 }],
  }
}

/** A plan over lists that are published; twice as many must cost about twice as much. */
export async function manyLists(scratch: string): Promise<Comparison> {
  const subjects: Subject[] = []
  for (const lists of [100, 200]) {
    const repository = await repositoryOf(scratch, `many-${lists}`, {
      lists,
      images: 100,
      bytes: 16,
      pinned: true,
    })
    await publishLists(scratch, repository)
    subjects.push({ name: `vmcast plan, ${lists} lists`, ...vmcast(scratch, repository, 'plan') })
  }
  return {
    name: 'plan of 100 lists of 100 images',
    subjects,
    limits: [
      { subject: 'vmcast plan, 100 lists', what: 'seconds', most: 3 },
      { subject: 'vmcast plan, 100 lists', what: 'MB', most: 300 },
      { subject: 'vmcast plan, 200 lists', what: 'ratio', most: 2.2 },
    ],
  }
}

/** Signs every list of a repository and puts it where it is published; the image files stay away. */
async function publishLists(scratch: string, root: string): Promise<void> {
  const surroundings = quiet(scratch)
  const { desired, plan, pool } = await survey(
    { root, lists: [] },
    { secrets: false, reading: 'defer' },
    surroundings,
  )
  const signer = await loadSigner(desired.config.signing, {}, scratch, surroundings.askPassphrase)
  for (const list of desired.lists) {
    const planned = plan.lists.find(({ name }) => name === list.name)
    if (!planned || planned.action === 'failed') throw new Error(`${list.name} cannot be planned`)
    const message = await sign(
      serialize(compose(list, desired.images, planned, new Date())),
      signer,
      new Date(),
    )
    const { target, key } = await pool.reach(list.uri)
    await target.swap(key, message, null)
  }
  await pool.close()
}
