/**
 * Publishes this repository's own example with a throwaway CA and endorser, all of it under .demo/:
 * what an endorser does in a repository of their own, command by command.
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { bootableDisk } from './bootable-disk.ts'
import { makeAuthority } from './pki.ts'

const LIST = '.demo/public/lists/example.list'

if (!existsSync('.demo/ca')) {
  console.log('Making a throwaway CA, an endorser, and a disk that boots, in .demo/\n')
  await mkdir('.demo/build', { recursive: true })
  await writeFile('.demo/build/hello.img', bootableDisk('Hello from an image that vmcast published.'))
  await makeAuthority('.demo')
}

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
