import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { actionPage } from './action-page.ts'
import { commandsPage } from './commands-page.ts'
import { dependabot, selfTest } from './workflows.ts'
import { propertiesOf, readSchema, resolved, type SchemaName } from '../src/schemas.ts'
import { isObject } from '../src/json.ts'
import type { Json, JsonObject } from '../src/model.ts'

/**
 * Writes the pages of docs/ that are made from the code, and the automation that is made from templates/. `--check`
 * writes nothing, and exits with 1 if one of them is not current.
 */
const PAGES: Readonly<Record<string, () => string>> = {
  'docs/yaml.md': yamlPage,
  'docs/commands.md': commandsPage,
  '.github/workflows/self-test.yml': selfTest,
  '.github/dependabot.yml': dependabot,
  'docs/action.md': actionPage,
}

function currentText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function yamlPage(): string {
  const files: readonly (readonly [string, SchemaName])[] = [
    ['vmcast.yaml', 'vmcast'],
    ['imagelists/NAME.yaml', 'imagelist'],
    ['images/NAME.yaml', 'image'],
  ]
  return `# YAML reference

_Made from the JSON Schemas in \`schema/\` by \`npm run docs\`; edit those._

All text and versions are YAML strings: \`1.10\` without quotes is a number, and an error says to quote it.
Keys with a namespace (\`hv:format\`) are published as they stand, also those that this page does not know; keys
without one instruct vmcast. Merge keys (\`<<\`) are refused, and so is a key that is given twice.

Editors that know JSON Schema help with these files. In a repository that has the schemas (its own \`schema/\`, or
\`node_modules/vmcast/schema/\` where vmcast is installed), \`vmcast new\` names them in a comment on the first line:

\`\`\`yaml
# yaml-language-server: $schema=../schema/image.schema.json
\`\`\`

${files.map(([file, name]) => section(file, name)).join('\n')}`
}

function section(file: string, name: SchemaName): string {
  const schema = readSchema(name)
  return `## ${file}

${text(schema.description)}

| key | | meaning |
| --- | --- | --- |
${rows(schema, '').join('\n')}
`
}

/** One row a key, and below it those of what it holds. */
function rows(schema: JsonObject, prefix: string): string[] {
  const required = Array.isArray(schema.required) ? (schema.required as readonly Json[]) : []
  return [...propertiesOf(schema)].flatMap(([key, property]) => {
    // A key that cannot be given is no key of the file.
    if (isObject(property.not)) return []
    const whole = resolved(property)
    const inner = isObject(whole.items) ? resolved(whole.items) : whole
    const path = `${prefix}${key}`
    const below = `${path}${whole.type === 'array' ? '[]' : ''}.`
    return [
      `| \`${path}\` | ${required.includes(key) ? 'required' : ''} | ${meaning(whole, inner)} |`,
      ...rows(inner, below),
    ]
  })
}

function meaning(property: JsonObject, { enum: choices }: JsonObject): string {
  const { title, description, examples, default: usual } = property
  const example = Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined
  return [
    text(description),
    text(title) && `Form: ${text(title)}.`,
    Array.isArray(choices) && `One of: ${choices.map(code).join(', ')}.`,
    usual !== undefined && `Default: ${code(usual)}.`,
    example !== undefined && example !== '' && `Example: ${code(example)}`,
  ]
    .filter((part) => part !== false && part !== '')
    .join(' ')
    .replaceAll('|', '\\|')
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const code = (value: Json): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

for (const [path, page] of Object.entries(PAGES)) {
  const text = await format(page(), { ...(await resolveConfig(path)), filepath: path })
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (currentText(path) !== text) {
    console.error(`${path} is not current: run \`npm run docs\`.`)
    process.exitCode = 1
  }
}
