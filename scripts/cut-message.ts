/**
 * Cuts the first signed message out of a text and prints it, byte for byte:
 *   npx tsx scripts/cut-message.ts TEXT > test/golden/seed-2011.smime
 * That fixture comes from the README of hepixvmitrust, whose example is a real message of 2011.
 */
import { readFileSync } from 'node:fs'

const file = process.argv[2]
if (file === undefined) throw new Error('Name the text to cut the message out of.')
const text = readFileSync(file, 'latin1')
const start = text.indexOf('MIME-Version: 1.0\n')
const boundary = /multipart\/signed;[^\n]*boundary="([^"\n]+)"/.exec(text.slice(start))?.[1]
if (start < 0 || boundary === undefined) throw new Error(`${file} holds no signed message.`)
const last = `\n--${boundary}--\n`
const end = text.indexOf(last, start)
if (end < 0) throw new Error(`The signed message in ${file} has no end.`)
process.stdout.write(text.slice(start, end + last.length), 'latin1')
