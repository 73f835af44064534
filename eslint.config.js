import { dirname, join, relative, sep } from 'node:path'
import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const SRC = join(import.meta.dirname, 'src')

/**
 * The house, from the ground up: a room may import itself and the floors below its own; never from
 * above, never a neighbour. `docs/architecture.md` shows the same picture.
 */
const FLOORS = [
  ['model', 'errors'],
  ['json', 'address', 'dates', 'sums'],
  ['image', 'computed', 'schemas', 'trust', 'web', 'github'],
  ['plan', 'list', 'targets', 'files'],
  ['desired', 'observe', 'apply', 'report'],
  ['checkout'],
  ['survey', 'history', 'release'],
  ['recompose', 'publication'],
  ['reconcile', 'preview', 'steps', 'doctor'],
  ['commands'],
  ['cli', 'action'],
]

/** Rooms and files that compute values from values: no input, no output, no clock. */
const PURE = [
  'model',
  'json',
  'address',
  'dates',
  'image',
  'computed',
  'plan',
  'report',
  'list/compose',
  'list/parse',
  'list/profiles',
  'desired/rules',
]

/** Only entries and commands print and read `process`. */
const RIM = ['cli', 'action', 'commands']

/** @param {string} place */
const filesOf = (place) => [`src/${place}.ts`, `src/${place}/**`]

/** The room that a file under src/ belongs to: its folder's name, or its own. */
const roomOf = (/** @type {string} */ file) =>
  (relative(SRC, file).split(sep)[0] ?? '').replace(/\.[tj]s$/, '')

/** @type {import('eslint').Rule.RuleModule} */
const importsGoDown = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const room = roomOf(context.filename)
    const floor = FLOORS.findIndex((rooms) => rooms.includes(room))
    if (floor < 0)
      context.report({ loc: { line: 1, column: 0 }, message: `The room ${room} is on no floor.` })
    const check = (/** @type {import('estree').Node} */ node, /** @type {unknown} */ source) => {
      if (typeof source !== 'string' || !source.startsWith('.')) return
      const other = roomOf(join(dirname(context.filename), source))
      const below = FLOORS.slice(0, floor).some((rooms) => rooms.includes(other))
      if (other === room || below || (room === 'errors' && other === 'model')) return
      context.report({
        node,
        message: `${room} may import only itself and the floors below; ${other} is not.`,
      })
    }
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) => check(node, 'value' in node.source ? node.source.value : undefined),
    }
  },
}

export default defineConfig(
  { ignores: ['dist/', '.demo/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/**'],
    plugins: { vmcast: { rules: { 'imports-go-down': importsGoDown } } },
    rules: { 'vmcast/imports-go-down': 'error' },
  },
  {
    files: PURE.flatMap(filesOf),
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          // Hashing and colouring compute values from values.
          selector: 'ImportDeclaration[source.value=/^node:(?!crypto$|util$)/]',
          message: 'A pure room touches no I/O.',
        },
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: '`now` is an argument.',
        },
        {
          selector: 'MemberExpression[object.name="Date"][property.name="now"]',
          message: '`now` is an argument.',
        },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: RIM.flatMap(filesOf),
    rules: { 'no-restricted-globals': ['error', 'process', 'console'] },
  },
  {
    files: ['*.js', 'scripts/**/*.js', 'src/**/*.js'],
    rules: { 'no-undef': 'off', '@typescript-eslint/no-confusing-void-expression': 'off' },
  },
)
