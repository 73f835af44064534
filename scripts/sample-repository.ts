import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a sample repository holds; file contents are given, so that a test can change them. */
export interface Sample {
  readonly lists: number
  /** Images of each list. */
  readonly images: number
  /** Bytes of each image's file. */
  readonly bytes: number
  /** Whether each file's sha512 stands in its YAML. */
  readonly pinned: boolean
  /** Appended to every image's bytes and sum: another number is another build. */
  readonly build?: number
  /** The lines of vmcast.yaml that say where to publish; default: into the folder `public/`. */
  readonly target?: readonly string[]
}

/**
 * Writes a content repository into `folder`: vmcast.yaml with one target, the lists
 * `list-1`, … and the images `image-1-1`, …; certificate, key and CA are expected in `pki/`.
 */
export async function makeSampleRepository(folder: string, sample: Sample): Promise<void> {
  for (const name of ['imagelists', 'images', 'build']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'vmcast.yaml'), configYaml(sample.target ?? ['to: file:public/']))
  for (const list of range(sample.lists)) {
    await writeFile(join(folder, 'imagelists', `list-${list}.yaml`), listYaml(list, sample.images))
    for (const image of range(sample.images)) await writeImage(folder, `${list}-${image}`, sample)
  }
}

const configYaml = (target: readonly string[]): string => `targets:
  - match: https://images.example.org/
${target.map((line) => `    ${line}\n`).join('')}    public: false
signing:
  certificate: pki/usercert.pem
  key: pki/userkey.pem
trust:
  ca: pki/ca/
`

const listYaml = (list: number, images: number): string => `dc:identifier: ${uuid(`list ${list}`)}
dc:title: List ${list}
dc:description: a list of ${images} images
dc:source: example.org
hv:uri: https://images.example.org/lists/list-${list}.list
hv:endorser:
  hv:x509:
    dc:creator: Owen Synge
    hv:email: owen@example.org
images:
${range(images)
  .map((image) => `  - image-${list}-${image}\n`)
  .join('')}`

async function writeImage(folder: string, name: string, { bytes, pinned, build = 0 }: Sample): Promise<void> {
  const content = Buffer.alloc(bytes, `${name} ${build} `)
  await writeFile(join(folder, 'build', `${name}.img`), content)
  const pin = pinned ? `\n  sha512: ${sha512(content)}` : ''
  await writeFile(
    join(folder, 'images', `image-${name}.yaml`),
    `dc:identifier: ${uuid(`image ${name}`)}
dc:title: Image ${name}
dc:description: an image of a sample
hv:hypervisor: kvm
hv:format: raw
sl:arch: x86_64
sl:os: Linux
sl:osname: Debian
sl:osversion: "12"
sl:comments: ""
hv:uri: https://images.example.org/images/ # ends in /: the tool makes the file name
file:
  path: ../build/${name}.img${pin}
`,
  )
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const sha512 = (content: string | Uint8Array): string => createHash('sha512').update(content).digest('hex')

/** A UUID that the same name always gets. */
export const uuid = (name: string): string =>
  sha512(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
