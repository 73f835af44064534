import { Command } from 'clipanion'
import { SigningCommand } from './signing.ts'

export class SignCommand extends SigningCommand {
  static override paths = [['sign']]
  static override usage = Command.Usage({
    description: 'Sign the lists of a rendered folder; the only step that takes the key.',
    details: `
      Shows what it parses from the very bytes that it signs, and how that differs from the list that was
      published when they were rendered; no summary made elsewhere is believed. Reaches no network. With --repo,
      the checkout there must compose the same. For a key in a token or an HSM, name a program behind \`--\`: it
      reads a DigestInfo (RSA) or a SHA-256 (ECDSA) from standard input, and writes the signature.
    `,
    examples: [
      ['Look at a release, and sign it', '$0 sign release'],
      ['Hold it against your own checkout', '$0 sign release --repo .'],
      ['Sign with a program', '$0 sign release -- openssl pkeyutl -sign -inkey userkey.pem'],
    ],
  })

  protected override readonly verb = 'sign'

  protected override async run(): Promise<number> {
    const { isSigned, propose, signProposal } = await import('../steps/sign.ts')
    const { order } = this
    const desk = await this.desk()
    await this.judge(desk)
    for (const proposal of await propose(order, desk.pen.certificate, desk)) {
      if (await isSigned(order.folder, proposal, desk)) {
        this.print(`${proposal.name}: signed already`)
        continue
      }
      await this.show(proposal)
      await signProposal(order.folder, proposal, desk)
      this.print(`${proposal.name}: signed`)
    }
    return 0
  }
}
