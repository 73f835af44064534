import { createRequire } from 'node:module'
import { configDefaults, defineConfig } from 'vitest/config'
import { unrunnable } from './test/support/programs.ts'

for (const [files, why] of unrunnable()) console.warn(`Not run: ${files}: ${why}`)

export default defineConfig({
  resolve: {
    // Node takes the CommonJS build; Vite would guess at an .mjs beside it that Node cannot load.
    alias: { clipanion: createRequire(import.meta.url).resolve('clipanion') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...unrunnable().keys()],
    globalSetup: ['test/support/programs.ts', 'test/support/runner/product.ts'],
    // All cores: much of the time is waiting for servers.
    maxWorkers: '100%',
    // The grid's programs crash now and then, and a busy machine is late: a second failure counts.
    retry: process.env['CI'] ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
