/**
 * Publishes this repository's own example with a throwaway CA and endorser, all of it under .demo/:
 * what an endorser does in a repository of their own, command by command.
 */
import { execa } from 'execa'
import './throwaway.ts'

const LIST = '.demo/public/lists/example.list'

/** Shows a command as a user would type it, and runs it. */
async function run(...args: string[]): Promise<void> {
  console.log(`\n$ node dist/cli.js ${args.join(' ')}`)
  await execa(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' })
}

await run('plan')
await run('reconcile', '--allow', 'dirty')
await run('verify', LIST, '--ca', '.demo/ca')

console.log(`
Published and verified. What to try next:

  openssl smime -verify -in ${LIST} -CApath .demo/ca
      the list, as any subscriber checks it, without vmcast
  npm run demo
      again: there is nothing to do
  edit the description in images/hello.yaml, then: node dist/cli.js plan
      what publishing would change; npm run demo publishes it
  node dist/cli.js --help
      everything else
`)
