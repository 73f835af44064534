import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { findNode24 } from '../node-24.ts'
import { repositoryOf, type Comparison } from './comparison.ts'

const ACTION = join(import.meta.dirname, '../../src/action.ts')

/** From a runner's checkout to the plan, as the action does it: the sources, on Node 24. */
export async function action(scratch: string): Promise<Comparison> {
  const repository = await repositoryOf(scratch, 'action', {
    lists: 1,
    images: 100,
    bytes: 4096,
    pinned: true,
  })
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=', ...args], { cwd: repository })
  await git('init', '--quiet')
  await git('add', '--', '.', ':!pki/userkey.pem', ':!pki/authority')
  await git('commit', '--quiet', '--message', 'A hundred images')
  const { stdout: sha } = await git('rev-parse', 'HEAD')
  const runner = join(scratch, 'runner')
  await mkdir(runner)
  const file = async (name: string, text = '') => {
    await writeFile(join(runner, name), text)
    return join(runner, name)
  }
  const env = {
    ...{ INPUT_COMMAND: 'plan', INPUT_COMMENT: 'false', XDG_CACHE_HOME: join(scratch, 'cache') },
    ...{ GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: await file('event.json', '{}'), GITHUB_RUN_ID: '1' },
    ...{ GITHUB_REPOSITORY: 'example/images', GITHUB_SHA: sha, GITHUB_REF_NAME: 'main' },
    ...{ GITHUB_SERVER_URL: 'http://127.0.0.1', GITHUB_API_URL: 'http://127.0.0.1:1', RUNNER_TEMP: runner },
    ...{ GITHUB_OUTPUT: await file('output'), GITHUB_STEP_SUMMARY: await file('summary') },
  }
  const checkout = join(scratch, 'checkout')
  const fresh = () => rm(checkout, { recursive: true, force: true })
  const clone = 'git clone --quiet "$0" "$1"'
  const node = join(await findNode24(), 'node')
  return {
    name: 'from checkout to plan, 100 pinned images',
    subjects: [
      { name: 'git clone', command: ['sh', '-c', clone, repository, checkout], prepare: fresh },
      {
        name: 'git clone && action',
        command: ['sh', '-c', `${clone} && cd "$1" && exec "$2" "$3"`, repository, checkout, node, ACTION],
        prepare: fresh,
        env,
      },
    ],
    limits: [{ subject: 'git clone && action', what: 'seconds', most: 15 }],
  }
}
