/** Longest name made from a title; with a number and `.yaml` it stays far below any file system's limit. */
const LONGEST = 60

/** Names that Windows keeps for devices, whatever follows the first dot. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/

/**
 * A file name (without `.yaml`) from a title that anybody may have chosen: lower-case ASCII letters, digits
 * and single `-`, `_` or `.` between them; `fallback` where nothing of the title is left.
 */
export function slug(title: string, fallback: string): string {
  const plain = title
    .slice(0, 1000)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/[-._]*\.[-._]*/g, '.')
    .replace(/[-_]*_[-_]*/g, '_')
    .slice(0, LONGEST)
    .replace(/^[-._]+|[-._]+$/g, '')
  if (plain === '') return fallback
  return RESERVED.test(plain) ? `${fallback}-${plain}` : plain
}

/** Gives each name once: `name`, then `name-2`, `name-3`, …; never one of `taken`, in whatever letter case. */
export function nameGiver(taken: Iterable<string>): (name: string) => string {
  const given = new Set(Array.from(taken, (name) => name.toLowerCase()))
  const counts = new Map<string, number>()
  return (name) => {
    let count = counts.get(name) ?? 0
    let free: string
    do free = ++count === 1 ? name : `${name}-${count}`
    while (given.has(free))
    counts.set(name, count)
    given.add(free)
    return free
  }
}
