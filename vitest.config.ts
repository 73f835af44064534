import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // Node takes the CommonJS build; Vite would guess at an .mjs beside it that Node cannot load.
    alias: { clipanion: createRequire(import.meta.url).resolve('clipanion') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/programs.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
