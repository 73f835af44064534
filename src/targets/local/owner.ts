import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { kill, pid } from 'node:process'
import { systemCode } from '../../errors.ts'

/** Who holds a lock. A process is known by its number and its start: numbers are used again. */
export interface Owner {
  readonly pid: number
  /** Clock ticks from boot; `-` where the system does not tell. */
  readonly start: string
  /** The machine, and there the container. */
  readonly place: string
  /** The run of that machine, from boot to boot: process numbers mean the same in one. `-` as above. */
  readonly boot: string
}

export const myself = (): Owner => ({
  pid,
  start: lifeOf(pid)?.start ?? '-',
  place: `${hostname()} ${machine()} ${namespace()}`,
  boot: bootId() ?? '-',
})

/** Whether both run on one machine since it was booted. Copies of a machine can be told by nothing else. */
export const areTogether = (one: Owner, other: Owner): boolean =>
  one.place === other.place && one.boot === other.boot

/** One line; the part before the place makes each lock another one. */
export const writeOwner = ({ pid, start, place, boot }: Owner): string =>
  `${pid} ${start} ${randomUUID()} ${place} ${boot}`

/** The owner that `writeOwner` wrote; null for anything else. */
export function parseOwner(text: string): Owner | null {
  const [, id, start, place, boot] = /^([1-9]\d{0,9}) (\d+|-) [0-9a-f-]{36} (.+) (\S+)$/.exec(text) ?? []
  return id && start && place && boot ? { pid: Number(id), start, place, boot } : null
}

/** Whether that very process still runs; in doubt it does. To be asked about processes of this place only. */
export function isAlive(owner: Owner): boolean {
  if (owner.boot !== (bootId() ?? '-')) return false
  try {
    kill(owner.pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
  }
  const life = lifeOf(owner.pid)
  return life === null || (!life.ended && (owner.start === '-' || life.start === owner.start))
}

/** From /proc/PID/stat: fields 3 (state) and 22 (start), behind the name, which may hold anything. */
function lifeOf(id: number): { ended: boolean; start: string } | null {
  const stat = attempt(() => readFileSync(`/proc/${id}/stat`, 'utf8'))
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], fields?.[19]]
  return state && start ? { ended: state === 'Z' || state === 'X', start } : null
}

/**
 * What tells machines of one name apart: the number that each was given when it was installed, hashed, for it is
 * nobody else's business (machine-id(5)); where there is none, this run of it.
 */
function machine(): string {
  const id = attempt(() => readFileSync('/etc/machine-id', 'utf8').trim())
  return id ? createHash('sha256').update(`vmcast ${id}`).digest('hex').slice(0, 32) : (bootId() ?? '-')
}

const bootId = (): string | null =>
  attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) // Linux alone has it

/** The process namespace, where the system has them. */
const namespace = (): string => attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '-'

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
