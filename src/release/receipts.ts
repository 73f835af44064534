import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, systemCode } from '../errors.ts'
import type { Receipt } from '../model.ts'
import { readJsonFile, writeJsonFile, WRITERS } from './file.ts'

/** Makes a folder for receipts, unless it is there: also where none is written, so that `render` finds one. Throws `step-file-unwritable`. */
export async function makeReceipts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fault('step-file-unwritable', { path: folder, reason: systemCode(error) ?? String(error) }, error)
  })
}

/** Writes a receipt into a folder of them. Throws `step-file-unwritable`. */
export const writeReceipt = (folder: string, receipt: Receipt): Promise<void> =>
  writeJsonFile(join(folder, `${receipt.image}.json`), receipt)

/** Every receipt of a folder. Throws `step-file-unreadable`, `step-file-malformed`. */
export async function readReceipts(folder: string): Promise<readonly Receipt[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const reason = systemCode(error) ?? String(error)
    throw fault('step-file-unreadable', { path: folder, reason, writer: WRITERS.receipt }, error)
  })
  const receipts: Receipt[] = []
  for (const name of names.filter((one) => one.endsWith('.json')).sort())
    receipts.push(await readJsonFile(join(folder, name), 'receipt'))
  return receipts
}
