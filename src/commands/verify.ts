import { Command, Option } from 'clipanion'
import { failed, type Check } from '../list/check.ts'
import type { Judging } from '../list/history/entry.ts'
import { RepositoryCommand } from './base.ts'
import { checkText, statusOf } from './checks.ts'

const VOUCHING: readonly Check['name'][] = ['signature', 'chain', 'endorser', 'countersigner']

/** Addresses in a list that nobody known vouches for may lead anywhere. */
const isOfNobody = ({ name, result }: Check): boolean => result === 'failed' && VOUCHING.includes(name)

const UNREAD = failed(
  'image',
  'The image files were not looked at: nobody known vouches for their addresses.',
  'Mend what failed above first.',
)

export class VerifyCommand extends RepositoryCommand {
  static override paths = [['verify']]
  static override usage = Command.Usage({
    description: 'Check a published list as a subscriber would, and with --images every file behind it.',
    details: `
      Looks at the signature, the signer's certificate and its chain, who countersigned, the endorser named
      in the list, its keys and its dates, and names everything that fails. The exit status is 0 only if nothing does.
    `,
    examples: [
      ['Check a published list', '$0 verify https://images.example.org/lists/example.list'],
      ['Check every image file too', '$0 verify --images example.list --ca /etc/grid-security/certificates'],
      [
        'Check that a second person countersigned it',
        "$0 verify example.list --countersigner '/DC=org/DC=example/CN=Second Endorser'",
      ],
      ['Check that it is of this endorser', "$0 verify example.list --dn '/DC=org/DC=example/CN=Owen Synge'"],
    ],
  })

  from = Option.String({ name: 'FILE|URL' })
  ca = Option.String('--ca', { description: 'CA folder or PEM bundle; default: trust.ca of vmcast.yaml.' })
  dn = Option.String('--dn', { description: 'The endorser that the list must be of, in the slash form.' })
  issuer = Option.String('--issuer', {
    description: 'The CA that must have issued the endorser’s certificate.',
  })
  countersigners = Option.Array('--countersigner', [], {
    description:
      'Who must have countersigned the list, in the slash form; can be repeated. Without --ca, also all of trust.endorsers of vmcast.yaml must have signed it.',
  })
  images = Option.Boolean('--images', false, { description: 'Read every image file: size and sha512.' })
  json = Option.Boolean('--json', false, { description: 'Print the checks as JSON.' })

  protected override async run(): Promise<number> {
    const checks = await this.#checks()
    if (this.json) this.printJson({ checks })
    else for (const check of checks) this.print(checkText(check))
    return statusOf(checks)
  }

  async #checks(): Promise<readonly Check[]> {
    const { isAddress, readListBytes } = await import('./list-bytes.ts')
    const { verifyList } = await import('../list/verify.ts')
    const { anchors, endorsers } = await this.#trust()
    const remote = isAddress(this.from)
    const bytes = await readListBytes(remote ? this.from : this.resolve(this.from))
    const now = this.context.now()
    const { checks: own, list } = verifyList(bytes, {
      anchors,
      now,
      countersigners: this.countersigners.map((dn) => ({ dn })),
      endorsers,
      ...(this.dn === undefined ? {} : { dn: this.dn }),
      ...(this.issuer === undefined ? {} : { issuer: this.issuer }),
      ...(remote ? { from: this.from } : {}),
    })
    const checks = remote ? [...own, ...(await this.#rollback(bytes, { anchors, now }))] : own
    if (!this.images || !list) return checks
    if (checks.some(isOfNobody)) return [...checks, UNREAD]
    const { checkImages } = await import('../observe/images.ts')
    const { progress } = await this.surroundings()
    return [...checks, ...(await checkImages(list.images, progress))]
  }

  /** By the history at the address, and by the tags of --repo, if that publishes there. */
  async #rollback(bytes: Uint8Array, judging: Judging): Promise<readonly Check[]> {
    const { checkRollback } = await import('../observe/list.ts')
    const { taggedAt } = await import('../desired/tags.ts')
    return await checkRollback(this.from, bytes, await taggedAt(this.root, this.from), judging)
  }

  async #trust() {
    const { configuredTrust } = await import('../desired/trust.ts')
    const { findAnchors, loadAnchors } = await import('../trust/anchors.ts')
    const { ca, crl, endorsers } = configuredTrust(this.root)
    const given = this.ca === undefined ? ca : this.resolve(this.ca)
    const anchors = await loadAnchors(await findAnchors(given, this.context.env), crl)
    return { anchors, endorsers: this.ca === undefined ? endorsers : [] }
  }
}
