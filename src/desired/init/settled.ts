import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { fault, systemCode } from '../../errors.ts'
import type { Fault, TargetConfig } from '../../model.ts'
import { readSource, realFolder, type Source } from '../read.ts'
import { itemsAt, targetsOf, textAt, valueAt } from '../repository.ts'
import { kindOf } from '../rules/target-kinds.ts'
import { checkSchema } from '../schema.ts'
import { isPlain, type Place } from './answers.ts'

/** What the user gives on the command line. */
export interface Given {
  readonly address: string | undefined
  readonly to: string | undefined
}

/**
 * Where the vmcast.yaml that is in `folder` publishes; null if there is none. It is what everything else is made from, so
 * it has to be clear, and what is `given` has to agree. Throws `repository-faults`, `init-targets`, `init-settled`.
 */
export function settledIn(folder: string, { address, to }: Given): Place | null {
  if (!isThere(join(folder, 'vmcast.yaml'))) return null
  const faults: Fault[] = []
  const config = readSource(realFolder(folder), 'vmcast.yaml', faults)
  if (faults.length > 0) throw fault('repository-faults', { faults })
  const targets = targetsIn(config)
  const first = targets.find((one) => (address ?? one.match) === one.match && (to ?? one.to) === one.to)
  const options = [...(address === undefined ? [] : ['--address']), ...(to === undefined ? [] : ['--to'])]
  if (!first) throw fault('init-settled', { options })
  const certificate = textAt(config, 'signing', 'certificate')
  return {
    address: first.match,
    targets: [first, ...targets.filter((one) => one !== first)],
    certificate: certificate !== null && isPlain(certificate) ? certificate : null,
  }
}

/** The targets, if each is in order, but for what is still to be filled in. */
function targetsIn(config: Source): readonly TargetConfig[] {
  const isWrong = checkSchema(config, 'vmcast').some(
    ({ path }) => path[0] === 'targets' && valueAt(config, ...path) !== '',
  )
  const targets = targetsOf({ config, knownHosts: new Map(), authorities: new Map() })
  const isWhole = targets.length > 0 && targets.length === itemsAt(config, 'targets').length
  if (isWrong || !isWhole || !targets.every(({ to }) => kindOf(to)?.fits(to))) throw fault('init-targets', {})
  return targets
}

/** Whether anything is there, a link that leads nowhere included; where nobody can look, writing says why. */
function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}
