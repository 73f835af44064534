import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Surroundings } from '../model.ts'
import type { Context } from './base.ts'
import { askPassphrase, remember } from './prompts.ts'

/** Everything that the rooms below may know of the world around this process. */
export async function surroundingsOf({ env, stdin, stderr, now, signal }: Context): Promise<Surroundings> {
  const { showProgress } = await import('./progress.ts')
  const home = env.HOME ?? homedir()
  return {
    env,
    home,
    cache: join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'vmcast'),
    now,
    progress: showProgress(stderr),
    signal,
    askPassphrase: remember((what, variable) => askPassphrase(what, variable, { stdin, stderr, signal })),
  }
}
