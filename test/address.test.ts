import { describe, expect, test } from 'vitest'
import { parseDestination } from '../src/address.ts'

describe('where a target’s `to` leads', () => {
  test.each([
    ['sftp://owen@images.example.org/', ['sftp', 'owen', 'images.example.org', null, '/']],
    ['davs://dcache.example.org:2881/pnfs/a_b/', ['davs', null, 'dcache.example.org', 2881, '/pnfs/a_b/']],
    ['SFTP://owen@[::1]:22/srv/www/', ['sftp', 'owen', '::1', 22, '/srv/www/']],
  ])('%s', (to, [scheme, user, host, port, path]) => {
    expect(parseDestination(to)).toEqual({ scheme, user, host, port, path })
  })

  test.each([
    'sftp://owen:secret@example.org/',
    'sftp://owen@example.org',
    'sftp://owen@example.org/a',
    'sftp://owen@example.org/a/../b/',
    'sftp://owen@example.org/./',
    'sftp://owen@example.org/%2e%2e/',
    'sftp://owen@example.org/a?b/',
    'sftp://owen@example.org/#/',
    'sftp://owen@example.org//',
    'sftp://owen@example.org:0/',
    'sftp://owen@example.org:65536/',
    'sftp://owen@exa mple.org/',
    "sftp://owen@example.org/a'b/",
    'sftp://@example.org/',
    'sftp:///srv/',
    'example.org/',
  ])('%s leads nowhere', (to) => {
    expect(parseDestination(to)).toBeNull()
  })
})
