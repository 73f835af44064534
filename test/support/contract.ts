import { certificateFaults, endorserFaults } from './contract/certificate.ts'
import { imageFaults, listFaults, type Promised } from './contract/content.ts'
import { messageFaults } from './contract/message.ts'
import { takeApart, type SignedForm } from './contract/signed-form.ts'
import { successionFaults } from './contract/succession.ts'
import { readWire, type Wire } from './contract/wire.ts'

/**
 * What the 17 points of the subscriber contract find wrong with the bytes of a published list, each fault
 * with its point's number in front. `previous`: what lay there before (points 16 and 17). `promised`: the
 * profiles of the list that ask for more keys. Written without anything of vmcast's own.
 */
export function contractFaults(
  bytes: Uint8Array,
  previous: Uint8Array | null = null,
  promised: readonly Promised[] = [],
): string[] {
  const form = attempt(() => takeApart(bytes))
  if (!form) return ['1: it has not two parts with a signature that can be read']
  const list = attempt(() => readWire(form))
  const before = previous && attempt(() => readWire(takeApart(previous)))
  return [
    ...messageFaults(form),
    ...certificateFaults(form, list),
    ...(list ? contentFaults(form, list, promised) : ['9: it is not JSON in UTF-8']),
    ...(list && before ? successionFaults(list, before) : []),
  ]
}

const contentFaults = (form: SignedForm, list: Wire, promised: readonly Promised[]): string[] => [
  ...endorserFaults(form, list),
  ...listFaults(list, form, promised),
  ...imageFaults(list, promised),
]

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
