import { readFileSync } from 'node:fs'

/**
 * A real list, signed with SHA-1 in June 2011 by a certificate that had ended in February, as the README
 * of hepixvmitrust shows it (cut out by scripts/cut-message.ts). On its way through the web its e-mail
 * address was altered, so that its signature does not verify.
 */
export const ALTERED_SEED = readFileSync(new URL('../golden/seed-2011.smime', import.meta.url), 'utf8')

/** What the web put in the address's place: the space in it is U+00A0. */
const PLACEHOLDER = '[email\u00a0protected]'

/** The same with its address mended: the bytes that were signed. */
export const MENDED_SEED = ALTERED_SEED.replaceAll(PLACEHOLDER, 'owen.synge@desy.de')

/** The JSON inside, without what signs it. */
export const seedContent = (message: string): string =>
  message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1)
