import type { Der } from '../der.ts'
import { canonical, mailOf, partOf, usual, type Scene } from './scene.ts'
import { signerInfo, usualAttributes, type SignedData, type SignerInfo } from './signed-data.ts'

/** Makes a message that is odd in one way; one byte a character. */
export type Oddity = (scene: Scene) => string

export type Oddities = Readonly<Record<string, Oddity>>

/** What the scene’s endorser signs. */
export const contentOf = (scene: Scene): Buffer => canonical(partOf(scene))

/** With the structure otherwise, which nobody signs anew. */
export const withData =
  (change: (data: SignedData, scene: Scene) => Partial<SignedData>): Oddity =>
  (scene) => {
    const data = usual(scene)
    return mailOf(scene, { ...data, ...change(data, scene) })
  }

/** With the signer’s own part otherwise. */
export const withInfo = (change: (info: SignerInfo, scene: Scene) => Partial<SignerInfo>): Oddity =>
  withData(({ signers }, scene) => ({
    signers: signers.map((info) => ({ ...info, ...change(info, scene) })),
  }))

/** With other attributes, which the signer did sign; null: none. */
export const signing = (
  change: (attributes: readonly Der[], scene: Scene) => readonly Der[] | null,
): Oddity =>
  withInfo((info, scene) => {
    const content = contentOf(scene)
    const attributes = change(usualAttributes(content, scene.hash), scene)
    return { ...signerInfo(scene.by, attributes, content, scene.hash), unsigned: info.unsigned }
  })

/** With other attributes than those that were signed. */
export const swapping = (change: (attributes: readonly Der[], scene: Scene) => readonly Der[]): Oddity =>
  withInfo((info, scene) => ({ attributes: change(info.attributes ?? [], scene) }))
