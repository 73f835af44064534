import { copyFile, cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import { ENDORSER_EXTENSIONS, issue, makeAuthority, openssl } from '../../scripts/pki.ts'
import { makeSampleRepository, type Sample } from '../../scripts/sample-repository.ts'
import { expectContract } from '../support/judged.ts'
import { Hub } from '../support/runner/hub.ts'
import { installed, type Product } from '../support/runner/product.ts'
import type { JobRun, Run } from '../support/runner/run.ts'
import { secretsIn, textsBelow } from '../support/secrets.ts'
import { missingImages, subscribe, type Subscribed } from '../support/subscriber.ts'

const TEMPLATES = join(import.meta.dirname, '../../templates/workflows')
const PASSPHRASE = 'a passphrase that nobody may see'
const PREFIX = 'https://images.example.org/'

/** The workflows of each way to publish. */
const VARIANTS = {
  robot: ['robot/vmcast-publish.yml', 'robot/vmcast-renew.yml'],
  many: ['many/vmcast-publish.yml', 'robot/vmcast-renew.yml'],
  person: ['person/vmcast-prepare.yml', 'person/vmcast-publish.yml', 'person/vmcast-status.yml'],
} as const
type Variant = keyof typeof VARIANTS

/** A content repository at the mock of GitHub, its endorser, and the place that it publishes to. */
export class Scene {
  readonly hub: Hub
  readonly pki: string
  /** Where subscribers look. */
  readonly place: string
  /** As the environment of the jobs that publish holds them. */
  readonly #secrets: Record<string, string>
  readonly #variant: Variant
  /** Each list as it was last seen. */
  readonly #seen = new Map<string, Buffer>()

  static async open(variant: Variant, product?: Product): Promise<Scene> {
    const secrets: Record<string, string> = {}
    const hub = await Hub.open(product ?? (await installed(inject('product'))), secrets)
    const scene = new Scene(hub, secrets, variant)
    await makeAuthority(scene.pki)
    await scene.#entrust()
    return scene
  }

  private constructor(hub: Hub, secrets: Record<string, string>, variant: Variant) {
    this.hub = hub
    this.pki = join(hub.folder, 'pki')
    this.place = join(hub.folder, 'public')
    this.#secrets = secrets
    this.#variant = variant
  }

  /** Another certificate for the endorser, with another key. */
  async endorse(until: Date): Promise<void> {
    const papers = join(this.pki, 'authority')
    const ca = { certificate: join(papers, 'ca.cert.pem'), key: join(papers, 'ca.key.pem') }
    const { certificate, key } = await issue(papers, `until-${until.getTime()}`, ca, {
      ...{ subject: '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge', kind: 'p256', until },
      extensions: ENDORSER_EXTENSIONS,
    })
    await copyFile(certificate, join(this.pki, 'usercert.pem'))
    await copyFile(key, join(this.pki, 'userkey.pem'))
    await this.#entrust()
  }

  /** The key becomes a secret, locked; but not where a person keeps it. */
  async #entrust(): Promise<void> {
    if (this.#variant === 'person') return
    const lock = ['pkcs8', '-topk8', '-in', 'userkey.pem', '-passout', `pass:${PASSPHRASE}`]
    this.#secrets['VMCAST_X509_KEY'] = await openssl(this.pki, ...lock)
    this.#secrets['VMCAST_X509_PASSPHRASE'] = PASSPHRASE
  }

  /** Writes a content repository into a checkout. */
  async fill(folder: string, sample: Partial<Sample> = {}): Promise<void> {
    await mkdir(join(folder, '.github/workflows'), { recursive: true })
    for (const path of ['vmcast-plan.yml', ...VARIANTS[this.#variant]])
      await copyFile(join(TEMPLATES, path), join(folder, '.github/workflows', path.replace(/.*\//, '')))
    await this.build(folder, 0, sample)
    await this.certify(folder)
  }

  /** Writes lists and images; another number is another build of every image. */
  async build(folder: string, build: number, sample: Partial<Sample> = {}): Promise<void> {
    const target = [`to: file:${this.place}/`]
    const usual = { lists: 1, images: 1, bytes: 2048, pinned: true, target, build }
    await makeSampleRepository(folder, { ...usual, ...sample })
  }

  /** Puts the endorser's certificate and the CAs into a checkout. */
  async certify(folder: string): Promise<void> {
    await mkdir(join(folder, 'pki'), { recursive: true })
    await copyFile(join(this.pki, 'usercert.pem'), join(folder, 'pki/usercert.pem'))
    await cp(join(this.pki, 'ca'), join(folder, 'pki/ca'), { recursive: true })
  }

  /** Proposes and merges such a repository: the first publication, or in the variant `person` all before it. */
  async begin(sample: Partial<Sample> = {}): Promise<readonly Run[]> {
    const edit = (folder: string) => this.fill(folder, sample)
    const { pull, runs } = await this.hub.propose({ branch: 'begin', title: 'Begin', edit })
    jobOf(runs[0], 'plan')
    return await this.hub.merge(pull)
  }

  /** What subscribers read of a list; openssl and the contract have judged it, and all its images are there. */
  async published(name = 'list-1'): Promise<Subscribed> {
    const bytes = await readFile(join(this.place, 'lists', `${name}.list`))
    expectContract(bytes, this.#seen.get(name))
    this.#seen.set(name, bytes)
    const list = await subscribe(bytes, join(this.pki, 'ca'))
    expect(await missingImages(list, this.place, PREFIX)).toEqual([])
    return list
  }

  /** Whether there is a list of that name. */
  async isPublished(name: string): Promise<boolean> {
    const list = readFile(join(this.place, 'lists', `${name}.list`))
    return await list.then(
      () => true,
      () => false,
    )
  }

  /** Those of the environment, and every token that was used. */
  allSecrets(): Readonly<Record<string, string>> {
    const tokens = this.hub.github.heard.map(({ token }, index) => [`token ${index}`, token ?? ''] as const)
    return { ...this.#secrets, ...Object.fromEntries(tokens) }
  }

  /** Nothing that lay on a machine, was printed, or is now at GitHub shows a secret or a token. */
  async expectDiscreet(runs: readonly Run[]): Promise<void> {
    const secrets = this.allSecrets()
    const written = await Promise.all(runs.map(({ folder }) => textsBelow(folder)))
    const printed = runs.flatMap(({ jobs }) =>
      [...jobs.values()]
        .flat()
        .flatMap(({ log, summary, outputs }) => [log.raw, summary, JSON.stringify(outputs)]),
    )
    const { comments, issues } = this.hub.github
    for (const text of [...written.flat(), ...printed, JSON.stringify({ comments, issues })])
      expect(secretsIn(text, secrets), text.slice(0, 2000)).toEqual([])
  }
}

/** The one job of that name; its log is shown where it did not end so. */
export function jobOf(run: Run | undefined, name: string, result: JobRun['result'] = 'success'): JobRun {
  const [job, ...more] = run?.jobs.get(name) ?? []
  if (!job || more.length > 0) throw new Error(`There is no job ${name}, or more than one`)
  expect(job.result, job.log.text).toBe(result)
  return job
}

/** What was said of errors, warnings or the like. */
export const notesOf = ({ log }: JobRun, command: 'error' | 'warning' | 'notice'): string[] =>
  log.told.filter((told) => told.command === command).map(({ message }) => message)

/** The checksum that approves the plan that a refused job shows. */
export function offered({ summary }: JobRun): string {
  const [, checksum = ''] = /with the checksum `(v1-[0-9a-f]{64})`/.exec(summary) ?? []
  expect(checksum, summary).not.toBe('')
  return checksum
}
