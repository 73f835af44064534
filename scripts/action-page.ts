import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly default?: string; readonly required?: boolean }>
  >
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
}

/** docs/action.md, from action.yml. */
export function actionPage(): string {
  // Its schema is tested with the workflows.
  const { inputs, outputs } = parse(readFileSync('action.yml', 'utf8')) as Action
  return `# Inputs and outputs of the action

_Made from \`action.yml\` by \`npm run docs\`; edit that._

How to use it: [Publish from GitHub](github-action.md). Secrets are no inputs: they go into the \`env\` of the step that needs them.

| input | | meaning |
| --- | --- | --- |
${Object.entries(inputs)
  .map(
    ([name, one]) =>
      `| \`${name}\` | ${one.required ? 'required' : usual(one.default)} | ${cell(one.description)} |`,
  )
  .join('\n')}

| output | meaning |
| --- | --- |
${Object.entries(outputs)
  .map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`)
  .join('\n')}
`
}

const usual = (value = ''): string => (value === '' ? '' : `default: \`${value}\``)
const cell = (text: string): string => text.trim().replaceAll('|', '\\|')
