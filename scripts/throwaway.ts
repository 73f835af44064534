/** What the example in this repository needs, all of it under .demo/: a throwaway CA and endorser, and a disk that boots. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { bootableDisk } from './bootable-disk.ts'
import { makeAuthority } from './pki.ts'

if (!existsSync('.demo/ca')) {
  console.log('Making a throwaway CA, an endorser, and a disk that boots, in .demo/\n')
  await mkdir('.demo/build', { recursive: true })
  await writeFile('.demo/build/hello.img', bootableDisk('Hello from an image that vmcast published.'))
  await makeAuthority('.demo')
  await forgetEarlier()
}

/** What an earlier demo published is gone with its folder; its tags would say that somebody took the list away. */
async function forgetEarlier(): Promise<void> {
  const { stdout } = await execa('git', ['tag', '--list', 'published/example/*'], { reject: false })
  if (stdout) await execa('git', ['tag', '--delete', ...stdout.split('\n')])
}
