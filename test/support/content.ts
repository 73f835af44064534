import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'

/** A content repository in which nothing is wrong, file by file. */
export const GOOD: Readonly<Record<string, string>> = {
  'vmcast.yaml': `targets:
  - match: https://images.example.org/
    to: file:./public/
`,
  'imagelists/example.yaml': `dc:identifier: 4e186b44-2c64-40ea-97d5-e9e5c0bce059
dc:title: README example
dc:description: a README example of an image list
dc:source: example.org
hv:uri: https://images.example.org/lists/example.list
hv:endorser:
  hv:x509:
    dc:creator: Owen Synge
    hv:email: owen@example.org
ad:vo: vo.example.org
images: [debian-12]
`,
  'images/debian-12.yaml': `dc:identifier: 488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d
dc:title: Debian 12
dc:description: Debian 12 with cloud-init
hv:hypervisor: kvm
hv:format: qcow2
sl:arch: x86_64
sl:os: Linux
sl:osname: Debian
sl:osversion: "12"
sl:comments: ""
ad:group: General group
ad:mpuri: https://images.example.org/catalogue/debian-12
ad:user:fullname: Owen Synge
ad:user:guid: b268b87b-fe42-477e-b4d4-087ad9fde61b
ad:user:uri: https://images.example.org/people/owen
hv:uri: https://images.example.org/images/
file:
  path: ../build/debian-12.qcow2
`,
}

/** The good file with some of its text replaced; throws if there is no such text. */
export function changed(file: string, from: string | RegExp, to: string): Record<string, string> {
  const text = GOOD[file] ?? ''
  if (text.search(typeof from === 'string' ? literal(from) : from) < 0)
    throw new Error(`${file} does not say ${String(from)}`)
  return { [file]: text.replace(from, () => to) }
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))

const made: string[] = []
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A temporary folder, without symbolic links in its path; removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'vmcast-test-')))
  made.push(folder)
  return folder
}

/** Writes the good repository, with these files instead or besides; null leaves one out. */
export async function contentRepository(
  files: Readonly<Record<string, string | Uint8Array | null>> = {},
): Promise<string> {
  const root = await temporaryFolder()
  for (const [file, content] of Object.entries({ ...GOOD, ...files })) {
    if (content === null) continue
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), content)
  }
  return root
}

/** Every file below the folder and what it says, to see that nothing was written. */
export async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(files.sort().map(async (file) => [file, await readFile(file, 'latin1')] as const)),
  )
}
