import { Command } from 'clipanion'
import { SigningCommand, type Configured } from './signing.ts'

export class CountersignCommand extends SigningCommand {
  static override paths = [['countersign']]
  static override usage = Command.Usage({
    description: 'Countersign the signed lists of a folder, as a second person with a key of their own.',
    details: `
      Between \`sign\` and \`publish\`, for lists that name countersigners, or where the repository names
      endorsers to trust. Shows the same as \`sign\`, and who signed; the first signature stays as it is. Reaches
      no network. Your certificate and key come from the environment or from ~/.globus: \`signing\` in
      vmcast.yaml is the endorser's.
    `,
    examples: [
      ['Look at a release, and countersign it', '$0 countersign release'],
      ['Hold it against your own checkout', '$0 countersign release --repo .'],
      ['Countersign with a program', '$0 countersign release -- openssl pkeyutl -sign -inkey userkey.pem'],
    ],
  })

  protected override readonly verb = 'countersign'

  protected override async run(): Promise<number> {
    const { countersignProposal, proposeSigned } = await import('../steps/countersign.ts')
    const { order } = this
    const desk = await this.desk()
    await this.judge(desk)
    for (const proposal of await proposeSigned(order, desk)) {
      if (proposal.done) this.print(`${proposal.name}: countersigned already`)
      else {
        await this.show(proposal)
        await countersignProposal(order.folder, proposal, desk)
        this.print(`${proposal.name}: countersigned`)
      }
    }
    return 0
  }

  /** Whose certificate the repository names is the endorser: who countersigns has their own. */
  protected override async configured(): Promise<Configured> {
    return { ...(await super.configured()), signing: null }
  }
}
