import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Sample } from '../../scripts/sample-repository.ts'
import { vmcast, type Given, type Result } from './cli.ts'
import { editYaml, sampleRepository, temporaryFolder } from './repository.ts'

/** A repository that is published in steps: every machine has a checkout of its own, and only one the key. */
export class Staged {
  /** What the steps hand over, and where they publish to. */
  readonly #shared: string
  readonly signer: string
  readonly publisher: string

  private constructor(shared: string, signer: string, publisher: string) {
    this.#shared = shared
    this.signer = signer
    this.publisher = publisher
  }

  static async open(sample: Partial<Sample> = {}): Promise<Staged> {
    const shared = await temporaryFolder()
    const target = [`to: file:${join(shared, 'public')}/`]
    const signer = await sampleRepository({ target, ...sample })
    const staged = new Staged(shared, signer, join(await temporaryFolder(), 'checkout'))
    await cp(signer, staged.publisher, { recursive: true })
    await rm(join(staged.publisher, 'pki/userkey.pem'))
    return staged
  }

  path(...names: string[]): string {
    return join(this.#shared, ...names)
  }

  /** Edits a file of both checkouts. */
  async edit(key: string, file: string, value: unknown): Promise<void> {
    for (const root of [this.signer, this.publisher]) await editYaml(root, key, file, value)
  }

  /** Another checkout without the key. */
  async checkout(): Promise<string> {
    const root = join(await temporaryFolder(), 'checkout')
    await cp(this.publisher, root, { recursive: true })
    return root
  }

  plan(cwd = this.publisher): Promise<Result> {
    return vmcast({ cwd }, 'plan', '--out', this.path('plan.json'))
  }

  upload(cwd = this.publisher, ...more: string[]): Promise<Result> {
    const to = ['--plan', this.path('plan.json'), '--out', this.path('receipts')]
    return vmcast({ cwd }, 'upload', ...to, ...more)
  }

  async render(given: Partial<Given> = {}, ...more: string[]): Promise<Result> {
    await rm(this.path('release'), { recursive: true, force: true })
    const from = ['--plan', this.path('plan.json'), '--receipts', this.path('receipts')]
    return await vmcast(
      { cwd: this.publisher, ...given },
      'render',
      ...from,
      '--out',
      this.path('release'),
      ...more,
    )
  }

  sign(given: Partial<Given> = {}, ...more: string[]): Promise<Result> {
    return vmcast({ cwd: this.signer, ...given }, 'sign', this.path('release'), '--repo', '.', ...more)
  }

  publish(cwd = this.publisher, ...more: string[]): Promise<Result> {
    return vmcast({ cwd }, 'publish', this.path('release'), ...more)
  }

  /** Plans, uploads and renders: ready to be signed. */
  async prepare(): Promise<void> {
    for (const step of [() => this.plan(), () => this.upload(), () => this.render()]) expectDone(await step())
  }
}

/** It ended with 0; what it said is shown where it did not. */
export const expectDone = ({ status, stderr, stdout }: Result): void => {
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 })
}
