import { escapeJson } from './escape.ts'

/** A value as JSON for machines, fit for a terminal too. */
export const toJson = (value: unknown): string => `${escapeJson(JSON.stringify(value, null, 2))}\n`
