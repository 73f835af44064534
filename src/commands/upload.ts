import { join } from 'node:path'
import { Command, Option } from 'clipanion'
import { guardsIn } from './guards.ts'
import { StepCommand } from './step.ts'

export class UploadCommand extends StepCommand {
  static override paths = [['upload']]
  static override usage = Command.Usage({
    description: 'Upload the image files that a plan needs; takes no signing key.',
    details: `
      The first step after the plan. Writes a receipt for each image, which render checks. Several machines
      may each take some of the images; the others' files need not be there.
    `,
    examples: [
      ['Upload everything', '$0 upload --plan plan.json --out receipts'],
      ['Upload one image', '$0 upload --plan plan.json --image debian-12 --out receipts'],
    ],
  })

  out = Option.String('--out', { required: true, description: 'The folder for the receipts.' })
  images = Option.Array('--image', [], { description: 'Only this image; can be repeated.' })

  protected override async run(): Promise<number> {
    const { upload } = await import('../steps/upload.ts')
    const { readJsonFile } = await import('../release/file.ts')
    const { makeReceipts, writeReceipt } = await import('../release/receipts.ts')
    const plan = await readJsonFile(this.resolve(this.plan), 'plan')
    const order = {
      root: this.root,
      plan,
      allow: guardsIn(this.allow),
      images: this.images,
    }
    const { receipts, stopped } = await upload(order, await this.surroundings())
    await makeReceipts(this.resolve(this.out))
    for (const receipt of receipts) {
      await writeReceipt(this.resolve(this.out), receipt)
      this.print(`${receipt.image}: uploaded to ${receipt.uri}\n  ${join(this.out, `${receipt.image}.json`)}`)
    }
    if (receipts.length === 0 && stopped.length === 0) this.print('Nothing to upload.')
    return this.tell(stopped)
  }
}
