/** Names of the files of a history: `<list>.history/` beside the list, at its target and at its address alike. */

/** The folder's key or address, from the list's. */
export const historyOf = (list: string): string => `${list}.history/`

/** The hint at the last publication. */
export const HEAD = 'head.json'

/** The name of the record of a publication, whose signed list has this `sha256`. */
export function recordName(version: string, sha256: string): string {
  // A list that was taken over may have any text for a version.
  const safe = version.replace(/[^A-Za-z0-9.+-]/g, '-').replace(/^(?:\.|$)/, '-')
  return `${safe.slice(0, 100)}_${sha256.slice(0, 16)}.json`
}

/** The name of the copy of the signed list beside a record. */
export const copyOf = (record: string): string => record.replace(/\.json$/, '.p7m')

/** Whether a name that stands in a file from elsewhere can be a record's: it leads nowhere else. */
export const isRecordName = (name: string): boolean =>
  /^[A-Za-z0-9+-][A-Za-z0-9.+-]{0,99}_[0-9a-f]{16}\.json$/.test(name)
