import { afterAll, beforeAll, expect, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { jobOf, notesOf, offered, Scene } from './scene.ts'

/*
 * What was approved is not what would be published any more.
 */

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('robot')
  const [run] = await scene.begin({ lists: 3 })
  jobOf(run, 'publish')
})
afterAll(() => scene.hub.close())

const describe = (list: number, text: string) => ({
  branch: `describe-${list}`,
  edit: (folder: string) => editYaml(folder, 'dc:description', `imagelists/list-${list}.yaml`, text),
})

const versions = async () =>
  await Promise.all(['list-1', 'list-2', 'list-3'].map(async (name) => (await scene.published(name)).version))

test('of merges at once, each waits for its turn, and publishes what was approved', async () => {
  const { hub } = scene
  const pulls = [
    (await hub.propose(describe(1, 'first'))).pull,
    (await hub.propose(describe(2, 'second'))).pull,
    (await hub.propose(describe(3, 'third'))).pull,
  ]
  for (const [run] of await Promise.all(pulls.map((pull) => hub.merge(pull)))) jobOf(run, 'publish')
  expect(await versions()).toEqual(['0.0.2', '0.0.2', '0.0.2'])
})

test('a plan that is not the one on the pull request is not carried out, but shown', async () => {
  const { hub } = scene
  const { pull } = await hub.propose(describe(1, 'approved'))
  // For half a minute, its pull request might be yet to come.
  const [pushed] = await hub.commit(describe(2, 'pushed').edit)
  expect(notesOf(jobOf(pushed, 'publish', 'failure'), 'warning').join()).toContain(
    'No pull request was merged',
  )
  const refused = jobOf((await hub.merge(pull))[0], 'publish', 'failure')
  expect(notesOf(refused, 'error').join()).toContain('Not as it was approved: list list-2.')
  expect(refused.summary).toContain('0 to add, 2 to change')
  expect(await versions()).toEqual(['0.0.2', '0.0.2', '0.0.2'])

  const wrong = await hub.dispatch('vmcast-publish.yml', { checksum: `v1-${'0'.repeat(64)}` })
  expect(offered(jobOf(wrong, 'publish', 'failure'))).toBe(offered(refused))
  jobOf(await hub.dispatch('vmcast-publish.yml', { checksum: offered(refused) }), 'publish')
  expect(await versions()).toEqual(['0.0.3', '0.0.3', '0.0.2'])
}, 120_000)

test('the comment that approves is ours, and of the last commit', async () => {
  const { hub } = scene
  const forged = hub.github.comment(hub.github.pulls.length + 1, '', { login: 'somebody', type: 'User' })
  const { pull } = await hub.propose(describe(3, 'reviewed'))
  const [, ours, ...more] = hub.github.comments.filter(({ number }) => number === pull.number)
  if (!ours || more.length > 0) throw new Error('There is no comment, or more than one')
  const { body } = ours
  expect(body).toContain(pull.head.sha)
  const [updated] = await hub.amend(pull, describe(3, 'reviewed again').edit)
  jobOf(updated, 'plan')
  expect(ours.body).toContain(pull.head.sha)
  expect(ours.body).toContain('reviewed again')

  // Whoever can comment can write what ours says; and an older one of ours is of another commit.
  forged.body = ours.body
  ours.body = body
  const refused = jobOf((await hub.merge(pull))[0], 'publish', 'failure')
  expect(notesOf(refused, 'warning').join()).toContain('is not of its last commit')
  expect(await versions()).toEqual(['0.0.3', '0.0.3', '0.0.2'])
})
