import { Option } from 'clipanion'
import type { Desk } from '../apply/sign.ts'
import { fault } from '../errors.ts'
import type { Config, Surroundings } from '../model.ts'
import type { Proposal, SignOrder } from '../steps/sign.ts'
import type { Anchors } from '../trust/anchors.ts'
import { VmcastCommand } from './base.ts'

export interface Configured extends Pick<Config, 'trust'> {
  /** Null: the environment and the home alone say who signs. */
  readonly signing: Config['signing'] | null
}

/** Without a repository, the environment says where certificate, key and CAs are. */
const UNCONFIGURED: Configured = {
  signing: null,
  trust: { ca: null, crl: 'if-there', endorsers: [] },
}

/** A command that puts somebody's signature on the lists of a folder: it shows each, asks, and signs. */
export abstract class SigningCommand extends VmcastCommand {
  /** What it does. */
  protected abstract readonly verb: 'sign' | 'countersign'

  folder = Option.String({ name: 'FOLDER' })
  lists = Option.Array('--list', [], { description: 'Only this image list; can be repeated.' })
  repo = Option.String('--repo', {
    description: 'A checkout of the repository: it must compose the same, and its vmcast.yaml applies.',
  })
  ca = Option.String('--ca', { description: 'CA folder or PEM bundle; default: trust.ca of --repo.' })
  yes = Option.Boolean('--yes', false, { description: 'Sign without asking, for scripts.' })
  program = Option.Rest({ name: 'PROGRAM' })

  protected get order(): SignOrder {
    const root = this.repo === undefined ? null : this.resolve(this.repo)
    return { folder: this.resolve(this.folder), lists: this.lists, root }
  }

  /** Who signs, with the key or with a program that holds it. */
  protected async desk(): Promise<Desk> {
    const { loadEndorser, loadSigner } = await import('../trust/signer.ts')
    const { signingWithProgram } = await import('../trust/program.ts')
    const surroundings = await this.surroundings()
    const configured = await this.configured()
    const { env, home, askPassphrase, now, signal } = surroundings
    const anchors = await this.anchors(configured, surroundings)
    const where = [configured.signing, env, home, askPassphrase] as const
    if (this.program.length === 0) return { pen: await loadSigner(...where), anchors, now }
    const endorser = await loadEndorser(...where)
    const sign = signingWithProgram(endorser.certificate, this.program, signal)
    return { pen: { ...endorser, sign }, anchors, now }
  }

  /** What the repository says of certificates, if one is given. */
  protected async configured(): Promise<Configured> {
    const { load } = await import('../desired/load.ts')
    const { root } = this.order
    return root === null ? UNCONFIGURED : (await load(root)).config
  }

  protected async anchors({ trust }: Configured, { env }: Surroundings): Promise<Anchors> {
    const { findAnchors, loadAnchors } = await import('../trust/anchors.ts')
    const given = this.ca === undefined ? trust.ca : this.resolve(this.ca)
    return await loadAnchors(await findAnchors(given, env), trust.crl)
  }

  /** Warns of what subscribers may hold against the certificate. Throws `signer-refused`. */
  protected async judge({ pen, anchors, now }: Desk): Promise<void> {
    const { judgeSigner } = await import('../trust/judge.ts')
    for (const warning of judgeSigner(pen, anchors, now())) this.log(`Warning: ${warning}`)
  }

  /** Shows a list, and asks. Throws `sign-refused`. */
  protected async show({ name, content, difference, notes }: Proposal): Promise<void> {
    const { listText } = await import('../report/text.ts')
    const { sha256 } = await import('../sums.ts')
    const { escapeText } = await import('../report/escape.ts')
    const { askConsent } = await import('./prompts.ts')
    this.print(listText(difference, { colour: this.context.colorDepth > 1 }))
    for (const note of notes) this.print(`  ${escapeText(note)}`)
    this.print(`  sha256 of the text: ${sha256(content)}`)
    const question = `${this.verb === 'sign' ? 'Sign' : 'Countersign'} ${escapeText(name)}?`
    if (this.yes || (await askConsent(question, this.context))) return
    throw fault('sign-refused', { name, verb: this.verb })
  }
}
