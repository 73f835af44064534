import { readFileSync } from 'node:fs'

/** This repository’s own automation that is made from what everybody gets, so that this runs here first. */

const template = (file: string): string => readFileSync(`templates/${file}`, 'utf8')

/** Replaces what a template says; it must say so. */
function changed(text: string, ...changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    if (!from.test(before)) throw new Error(`A template does not say ${String(from)} any more.`)
    return before.replace(from, () => to)
  }, text)
}

/** The lines of a workflow’s job. */
const jobOf = (workflow: string, name: string): string =>
  new RegExp(`^  ${name}:\n(?:(?: {4}.*)?\n)+`, 'm').exec(workflow)?.[0] ?? ''

const MADE = '# Made from templates/ by `npm run docs`, with scripts/workflows.ts.'

/** The first step brings Node 24 and the dependencies. */
const PREPARE = `
      - uses: ./
        with:
          command: validate
      - name: Make a throwaway certificate, and an image
        run: node scripts/throwaway.ts
      - uses: ./`

const AFTERWARDS = `
      - uses: ./
        with:
          command: verify
          list: .demo/public/lists/example.list
      - uses: ./
        id: again
        with:
          command: plan
          comment: false
      - name: See that nothing is left to do
        env:
          CHANGED: \${{ steps.again.outputs.changed }}
        run: test "$CHANGED" = false
`

const OURS = /\n {6}- uses: vmcast\/vmcast@v0.*/

/** What a pull request’s plan and a robot’s publication do with the example in this repository, by the action as it lies here. */
export function selfTest(): string {
  const plan = changed(template('workflows/vmcast-plan.yml'), [OURS, PREPARE])
  const publish = changed(
    jobOf(template('workflows/robot/vmcast-publish.yml'), 'publish'),
    [OURS, PREPARE],
    // Whatever is checked out, with the key that lies there: there is no secret, and no approval.
    [/ {4}environment: .*\n/, ''],
    [/ {10}expect: .*\n {10}allow: .*\n {8}env:\n(?: {10}.*\n)+/, ''],
    // No tag is left behind: each run is the first publication.
    [/ {6}contents: write.*\n {6}pull-requests: .*\n/, '      contents: read # to check out\n'],
  )
  return `${MADE}
${changed(
  plan,
  [
    /^#.*\nname: .*/,
    '# What the action plans and publishes of the example here: into a folder, with a throwaway certificate.\nname: Self-test',
  ],
  [/ {2}pull_request:\n/, '  pull_request:\n  push:\n    branches: [main]\n'],
  [/group: .*/, 'group: self-test-${{ github.ref }}'],
)}
${publish}${AFTERWARDS.slice(1)}`
}

/** Updates of the actions wherever they are named, and of the packages. */
export const dependabot = (): string => `${MADE}
${changed(
  template('content/.github/dependabot.yml'),
  [/^#.*\n/, ''],
  [
    / {4}directory: .*\n/,
    `    directories:
      - /
      - /templates/workflows
      - /templates/workflows/*
    groups:
      actions:
        patterns: ['*']
`,
  ],
)}  - package-ecosystem: npm
    directory: /
    schedule:
      interval: monthly
`
