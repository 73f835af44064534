import { expect } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { importList } from '../../src/desired/import/import.ts'
import { VmcastError } from '../../src/errors.ts'

/**
 * How the mutations are drawn: the same ones on every run, so that a commit's tests fail for what that
 * commit did. Another seed is a search for more faults.
 */
export const SEED = 2011

/** What a reader may make of lies: a value, or an error that a user can understand; never a bug. */
export async function orRefused<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof VmcastError) return null
    throw error
  }
}

/** Imports a text that anybody may have written, and looks at what would come of it. */
export async function importsSoundly(content: string): Promise<boolean> {
  const imported = await orRefused(() =>
    importList(content, 'Imported.', { lists: new Map(), images: new Map() }),
  )
  for (const { path, text } of imported?.files ?? []) {
    expect(path).toMatch(/^(imagelists|images)\/[a-z0-9]+([-._][a-z0-9]+)*\.yaml$/)
    expect(parseYaml(text)).not.toHaveProperty('file')
  }
  expect(Object.keys(Object.prototype)).toEqual([])
  return imported !== null
}
