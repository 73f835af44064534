/** What the example in this repository needs, all of it under .demo/: a throwaway CA and endorser, and a disk that boots. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { bootableDisk } from './bootable-disk.ts'
import { makeAuthority } from './pki.ts'

if (!existsSync('.demo/ca')) {
  console.log('Making a throwaway CA, an endorser, and a disk that boots, in .demo/\n')
  await mkdir('.demo/build', { recursive: true })
  await writeFile('.demo/build/hello.img', bootableDisk('Hello from an image that vmcast published.'))
  await makeAuthority('.demo')
}
