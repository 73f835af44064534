import type { TargetSettings } from '../../model.ts'

/** A program that transfers. */
export type ClientName = NonNullable<TargetSettings['client']>

/** Which programs speak what. The first one is the default; but `davs` vmcast itself speaks, unless told otherwise. */
export const SPEAKERS: ReadonlyMap<string, readonly ClientName[]> = new Map([
  ['dcap', ['dccp']],
  ['gsidcap', ['dccp', 'gfal-copy']],
  ['gsiftp', ['globus-url-copy', 'gfal-copy']],
  ['root', ['gfal-copy']],
  ['srm', ['gfal-copy']],
  ['davs', ['gfal-copy']],
])
