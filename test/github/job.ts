import { onTestFinished } from 'vitest'
import { openGithub, type Github } from '../../src/github/client.ts'
import { startGithub, type FakeGithub, type FakeGithubOptions, type Permissions } from '../support/github.ts'

/** A mock of GitHub of this test's own. */
export async function fakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const github = await startGithub(options)
  onTestFinished(() => github.close())
  return github
}

/** That repository as a job sees it that has been given these permissions. `told` is what it shows. */
export function jobAt(
  fake: FakeGithub,
  permissions: Permissions,
  signal = new AbortController().signal,
): { readonly github: Github; readonly token: string; readonly told: string[] } {
  const [owner = '', name = ''] = fake.repository.split('/')
  const told: string[] = []
  const token = fake.token(permissions)
  const event = { api: fake.url, repository: { owner, name } }
  return { github: openGithub({ event, token, signal, tell: (line) => told.push(line) }), token, told }
}
