import { describe, expect, test } from 'vitest'
import { isFault, type VmcastError } from '../../src/errors.ts'
import { secretFor } from '../../src/targets/secret.ts'
import { targetTo } from '../support/targets.ts'

const target = targetTo('davs://dcache.example.org:2881/', { settings: { name: 'd-cache' } })
const HOST = 'dcache.example.org:2881'

function failure(env: Record<string, string>): VmcastError | null {
  try {
    secretFor('TOKEN', target, HOST, env)
    return null
  } catch (error) {
    return error as VmcastError
  }
}

describe('a secret of the environment', () => {
  test('goes to the host that it is bound to', () => {
    const env = { VMCAST_TOKEN_D_CACHE: 'hush', VMCAST_TOKEN_D_CACHE_HOST: 'DCache.example.org:2881' }
    expect(secretFor('TOKEN', target, HOST, env)).toBe('hush')
    expect(secretFor('PASSWORD', target, HOST, env)).toBeNull()
    expect(secretFor('TOKEN', targetTo('davs://dcache.example.org:2881/'), HOST, env)).toBeNull()
  })

  test.each([
    [{}, /Nothing says that dcache.example.org:2881 may have/],
    [{ VMCAST_TOKEN_D_CACHE_HOST: 'dcache.example.org' }, /names another host/],
    [{ VMCAST_TOKEN_D_CACHE_HOST: 'example.org:2881' }, /names another host/],
    [{ VMCAST_TOKEN_D_CACHE_HOST: '' }, /names another host/],
  ])('bound as in %j goes nowhere else', (env, message) => {
    const error = failure({ VMCAST_TOKEN_D_CACHE: 'hush', ...env })
    expect(error).toSatisfy((one) => isFault(one, 'secret-unbound'))
    expect(error?.message).toMatch(message)
    expect(error?.remedy).toContain('VMCAST_TOKEN_D_CACHE_HOST=dcache.example.org:2881')
    expect(`${error?.message ?? ''} ${error?.remedy ?? ''}`).not.toContain('hush')
  })
})
