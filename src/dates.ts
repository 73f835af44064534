/** Times as they stand on the wire, and spans as they stand in YAML. */

const WIRE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/
const SPAN = /^(\d{1,5})([mhdw])$/
const UNIT = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

export const DAY = UNIT.d

/** `YYYY-MM-DDTHH:MM:SSZ`, and nothing else: `toISOString()` breaks two subscribers (contract, point 12). */
export const formatTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`

/** The time that the text names; null if it is not in the wire's form, or no such day exists. */
export function parseTime(text: string | null): Date | null {
  if (text === null || !WIRE.test(text)) return null
  const time = new Date(text)
  return Number.isNaN(time.getTime()) || formatTime(time) !== text ? null : time
}

/** Milliseconds of `28d`, `12h`, `4w`, `90m`; null if it is none of these. */
export function parseSpan(text: string): number | null {
  const [, count, unit] = SPAN.exec(text) ?? []
  return count && unit ? Number(count) * UNIT[unit as keyof typeof UNIT] : null
}
