import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeSampleRepository, type Sample } from '../../scripts/sample-repository.ts'
import { runCli } from '../support/cli-process.ts'
import { vmcast } from '../support/cli.ts'
import { sampleRepository } from '../support/repository.ts'
import { missingImages, subscribe } from '../support/subscriber.ts'

const SAMPLE: Sample = { lists: 1, images: 2, bytes: 500_000, pinned: false }
const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8]

const reconcileIn = (cwd: string) => runCli({ cwd }, 'reconcile')

test('eight publishers of eight builds at once: each version is used once, none is lost', async () => {
  const root = await sampleRepository(SAMPLE)
  expect((await vmcast({ cwd: root }, 'reconcile')).status).toBe(0)
  const checkouts = EIGHT.map((build) => join(root, `checkout-${build}`))
  for (const [index, checkout] of checkouts.entries()) {
    await makeSampleRepository(checkout, {
      ...SAMPLE,
      build: index + 1,
      target: [`to: file:${join(root, 'public')}/`],
    })
    await cp(join(root, 'pki'), join(checkout, 'pki'), { recursive: true })
  }
  const runs = await Promise.all(checkouts.map(reconcileIn))
  const won = runs.filter(({ status }) => status === 0)
  for (const { status, stdout, stderr } of runs) {
    expect([0, 1], `${stdout}\n${stderr}`).toContain(status)
    expect(stderr).not.toContain('This is a bug')
  }
  expect(won.length).toBeGreaterThan(0)
  const list = await subscribe(join(root, 'public/lists/list-1.list'), join(root, 'pki/ca'))
  expect(list.version).toBe(`0.0.${won.length + 1}`)
  expect(await missingImages(list, join(root, 'public'), 'https://images.example.org/')).toEqual([])
}, 120_000)

test('eight publishers of one build at once: it is published once', async () => {
  const root = await sampleRepository(SAMPLE)
  const runs = await Promise.all(EIGHT.map(() => reconcileIn(root)))
  expect(runs.some(({ status }) => status === 0)).toBe(true)
  expect((await vmcast({ cwd: root }, 'reconcile')).stdout).toContain('Nothing to do')
  const list = await subscribe(join(root, 'public/lists/list-1.list'), join(root, 'pki/ca'))
  expect(list.version).toBe('0.0.1')
}, 120_000)
