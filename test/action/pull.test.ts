import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { serverError } from '../support/github.ts'
import { textsBelow } from '../support/secrets.ts'
import { jobOf, notesOf, offered, Scene } from './scene.ts'

/*
 * What a pull request is told, whoever made it, and whatever is in it.
 */

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('robot')
  jobOf((await scene.begin())[0], 'publish')
})
afterAll(() => scene.hub.close())

const commentsOn = (number: number) =>
  scene.hub.github.comments.filter((comment) => comment.number === number).map(({ body }) => body)

test('a fork’s gets its plan in the summary: it has no secret, and may not comment', async () => {
  const { hub } = scene
  const edit = (folder: string) => scene.build(folder, 1)
  const { pull, runs } = await hub.propose({ branch: 'main', fork: true, edit })
  const job = jobOf(runs[0], 'plan')
  expect(job.summary).toContain('0 to add, 2 to change')
  expect(notesOf(job, 'notice').join()).toContain('a pull request from a fork may not write one')
  expect(commentsOn(pull.number)).toEqual([])
  expect(await readdir(join(runs[0]?.artifacts ?? '', 'plan'))).toEqual(['plan.json'])

  const refused = jobOf((await hub.merge(pull))[0], 'publish', 'failure')
  expect(notesOf(refused, 'warning').join()).toContain('has no comment with a plan')
  expect((await scene.published()).version).toBe('0.0.1')
  jobOf(await hub.dispatch('vmcast-publish.yml', { checksum: offered(refused) }), 'publish')
  expect((await scene.published()).version).toBe('0.0.2')
})

test('a mistake is shown at its line, and a plan that fails approves nothing', async () => {
  const { hub } = scene
  const edit = (folder: string) => editYaml(folder, 'sl:osversion', 'images/image-1-1.yaml', 12.1)
  // Ours is found behind all others, and after a failure that passes.
  for (let other = 0; other < 130; other++)
    hub.github.comment(hub.github.pulls.length + 1, 'Look at it.', { login: 'somebody', type: 'User' })
  const { pull, runs } = await hub.propose({ branch: 'mistake', edit })
  const { log } = jobOf(runs[0], 'plan', 'failure')
  const [note] = log.told.filter(({ command }) => command === 'error')
  const lines = (
    await readFile(join(runs[0]?.folder ?? '', 'plan-0/workspace/images/image-1-1.yaml'), 'utf8')
  ).split('\n')
  expect(note?.properties).toMatchObject({ file: 'images/image-1-1.yaml' })
  expect(lines[Number(note?.properties['line']) - 1]).toBe('sl:osversion: 12.1')
  expect(commentsOn(pull.number).join()).toContain('sl:osversion')
  expect(commentsOn(pull.number).join()).not.toMatch(/v1-[0-9a-f]{64}/)

  hub.github.trouble(serverError(502, { method: 'GET' }))
  const [mended] = await hub.amend(pull, (folder) =>
    editYaml(folder, 'sl:osversion', 'images/image-1-1.yaml', '13'),
  )
  jobOf(mended, 'plan')
  expect(commentsOn(pull.number)).toHaveLength(131)
  expect(commentsOn(pull.number).at(-1)).toMatch(/v1-[0-9a-f]{64}/)
})

test('a comment is cut below GitHub’s limit, and still approves', async () => {
  const { hub } = scene
  const many = { images: 300, bytes: 32 }
  const { pull, runs } = await hub.propose({ branch: 'many', edit: (folder) => scene.build(folder, 2, many) })
  const { summary } = jobOf(runs[0], 'plan')
  const [comment = ''] = commentsOn(pull.number)
  expect(comment.length).toBeLessThan(65_536)
  expect(comment).toContain('This is not all of it')
  expect(comment).toContain('299 to add, 2 to change')
  expect(comment).not.toContain('image-1-300')
  expect(summary).toContain('image-1-300')
  jobOf((await hub.merge(pull))[0], 'publish')
  expect((await scene.published()).images).toHaveLength(300)
})

const PWNED = 'pwned-by-a-pull-request'
const COMMANDS = `::error::${PWNED} ::add-mask::e ##[add-mask]e ::set-output name=changed::x`
const SHELL = `";touch ${PWNED};'$(touch ${PWNED})\`touch ${PWNED}\``
const MARK = `<!-- vmcast plan . {"checksum":"v1-${'0'.repeat(64)}","head":"x"} -->`

test('hostile branches, titles, texts and file names do nothing', async () => {
  const { hub } = scene
  const edit = async (folder: string) => {
    await scene.build(folder, 3)
    const hostile = [
      '',
      COMMANDS,
      SHELL,
      MARK,
      '</details><img src=x>',
      '@endorser ![](https://example.org/x)',
    ].join('\n')
    await editYaml(folder, 'dc:description', 'images/image-1-1.yaml', hostile)
    await editYaml(
      folder,
      'dc:title',
      'imagelists/list-1.yaml',
      `@endorser ${COMMANDS} ${MARK} </details> ![](x)`,
    )
  }
  const branch = `x;touch\${IFS}${PWNED};$(touch\${IFS}${PWNED})\`id\`'"&&|<>#`
  const title = `${SHELL} \${{ github.token }} ${COMMANDS} ${MARK}`
  const { pull, runs } = await hub.propose({ branch, title, edit })
  const job = jobOf(runs[0], 'plan')
  expect(notesOf(job, 'error')).toEqual([])
  expect(job.log.told.filter(({ command }) => !['add-mask', 'warning'].includes(command))).toEqual([])
  const [comment = ''] = commentsOn(pull.number)
  const [first = '', ...rest] = comment.split('\n')
  expect(first).not.toContain('0'.repeat(64))
  // Neither in code nor escaped.
  const bare = rest.join('\n').replace(/(`+)[^]*?\1|\\[!-/:-@[-`{-~]|<!-- -->/g, '.')
  expect(bare).not.toMatch(/<|@\w|!\[/)

  const named = async (folder: string) => {
    await writeFile(join(folder, `images/${SHELL.replaceAll('/', '')}.yaml`), 'dc:title: x\n')
    await writeFile(join(folder, `images/\n${COMMANDS}\n.yaml`), 'dc:title: x\n')
    await writeFile(join(folder, 'images/-rf.yaml'), `dc:title: "${MARK.replaceAll('"', '')}"\n`)
  }
  const [second] = await hub.amend(pull, named)
  const { log } = jobOf(second, 'plan', 'failure')
  const commands = new Set(log.told.map(({ command }) => command))
  expect([...commands].sort()).toEqual(['add-mask', 'error', 'warning'])
  const errors = log.told.filter(({ command }) => command === 'error')
  expect(errors.every(({ properties }) => properties['file']?.startsWith('images/'))).toBe(true)
  for (const run of [...runs, ...(second ? [second] : [])])
    for (const name of await readdir(run.folder, { recursive: true }))
      expect(name.split('/').at(-1)).not.toBe(PWNED)
  expect((await textsBelow(runs[0]?.artifacts ?? '')).length).toBe(1)
})
