import { describe, expect, it } from 'vitest'
import { formatBytes } from '../../src/report/bytes.ts'
import { escapeJson, escapeMarkdown, escapeText, markdownCode } from '../../src/report/escape.ts'

describe('escapeText', () => {
  it.each([
    ['Debian 12 – ünïcödé 漢字 🐧', 'Debian 12 – ünïcödé 漢字 🐧'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u202egnp.exe\u2066', '\\u202egnp.exe\\u2066'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['\u{e0041}tag', '\\u{e0041}tag'],
    ['\u2028line', '\\u2028line'],
    ['\u009b31m', '\\u009b31m'],
    ['\ud800 alone', '\\ud800 alone'],
    ['::error::no', '\\u003a:error::no'],
    ['  ::error::no', '  \\u003a:error::no'],
    ['a::b', 'a::b'],
    ['##[group]x', '#\\u0023[group]x'],
  ])('%j', (given, shown) => {
    expect(escapeText(given)).toBe(shown)
  })
})

describe('escapeMarkdown', () => {
  it.each([
    ['Debian 12', 'Debian 12'],
    [
      '*a* _b_ `c` [d](e) <f> |g| ~h~ #1 &amp; \\',
      '\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\<f\\> \\|g\\| \\~h\\~ \\#1 \\&amp; \\\\',
    ],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['12) item', '12\\) item'],
    ['=== title', '\\=== title'],
    ['@everyone', '@<!-- -->everyone'],
    ['a\nb', 'a\\\\u000ab'],
  ])('%j', (given, shown) => {
    expect(escapeMarkdown(given)).toBe(shown)
  })
})

describe('markdownCode', () => {
  it.each([
    ['plain', '`plain`'],
    ['a`b', '`` a`b ``'],
    ['```', '```` ``` ````'],
    ['', '`  `'],
    ['a\nb', '`a\\u000ab`'],
  ])('%j', (given, shown) => {
    expect(markdownCode(given)).toBe(shown)
  })
})

it('escapeJson keeps the values', () => {
  const value = { 'a\u202e': ['\u{e0041}', '\u009b', '\ud800', 'ü'] }
  const json = escapeJson(JSON.stringify(value))
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(JSON.parse(json)).toEqual(value)
})

it.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1000, '1 kB'],
  [1234, '1.2 kB'],
  [99_949, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [3_212_000_000, '3.2 GB'],
  [9_960_000_000, '10 GB'],
  [1.5e12, '1.5 TB'],
])('formatBytes(%d) is %s', (bytes, shown) => {
  expect(formatBytes(bytes)).toBe(shown)
})
