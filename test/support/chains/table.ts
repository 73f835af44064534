import { afterAll, beforeAll, expect, it } from 'vitest'
import { askOpenssl, askVmcast, stage, wouldSign, type Rows } from './case.ts'
import { closeWorkshop, openWorkshop } from './workshop.ts'

/** Each row is a test: vmcast and OpenSSL say the same of it, or the row says why vmcast is stricter. */
export function agree(rows: Rows): void {
  let folder: string
  beforeAll(async () => {
    folder = await openWorkshop()
  })
  afterAll(closeWorkshop)

  it.concurrent.each(Object.entries(rows))('%s', async (name, prepare) => {
    const made = await prepare()
    const scene = await stage(folder, name, made)
    const reason = await askVmcast(scene)
    const accepted = await askOpenssl(scene)
    expect({ vmcast: reason === null, openssl: accepted, reason }).toEqual({
      vmcast: made.stricter === undefined && accepted,
      openssl: made.stricter !== undefined || accepted,
      reason,
    })
    // What vmcast would sign with, OpenSSL takes even where it is told to be strict.
    if (await wouldSign(scene)) expect(await askOpenssl(scene, '-auth_level', '2')).toBe(true)
  })
}
