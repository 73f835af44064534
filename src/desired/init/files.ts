import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { SchemaName } from '../../schemas.ts'
import { BOUND_NAME, TEMPLATE, type Answers, type Publishing, type Target } from './answers.ts'
import { variablesFor } from './secrets.ts'

/** A file of a new content repository, relative to it. */
export interface NewFile {
  readonly file: string
  readonly text: string
}

/** Files that are made from one of the same name. */
const CONTENT = [
  'vmcast.yaml',
  'imagelists/example.yaml',
  'images/example.yaml',
  'trust/README.md',
  '.github/CODEOWNERS',
  '.github/dependabot.yml',
  '.vscode/settings.json',
]

/** The schemas of those that people write, and what these refer to. */
const SCHEMAS: readonly SchemaName[] = ['vmcast', 'imagelist', 'image', 'list']

const WORKFLOWS: Readonly<Record<Publishing, readonly string[]>> = {
  robot: ['vmcast-plan.yml', 'robot/vmcast-publish.yml', 'robot/vmcast-renew.yml'],
  many: ['vmcast-plan.yml', 'many/vmcast-publish.yml', 'robot/vmcast-renew.yml'],
  person: [
    'vmcast-plan.yml',
    'person/vmcast-prepare.yml',
    'person/vmcast-publish.yml',
    'person/vmcast-status.yml',
  ],
}

/** The first line of the README that is made; who finds another one there leaves it to its owner. */
export const README_MARK = '<!-- made by vmcast init -->'

/**
 * Everything that a new content repository holds, in which `branch` is published from, and whose instructions are
 * called `readme`. The templates are a content repository themselves: what they say is replaced by what was answered.
 */
export async function newFiles(
  answers: Answers,
  branch: string,
  readme: string,
): Promise<readonly NewFile[]> {
  const fill = (text: string) => filled(text, answers, branch)
  const from = async (file: string, ...templates: string[]) => ({
    file,
    text: fill((await Promise.all(templates.map((name) => packaged(`templates/${name}`)))).join('\n')),
  })
  const signing = answers.publish === 'person' ? 'person' : 'robot'
  return await Promise.all([
    ...CONTENT.map((file) => from(file, `content/${file}`)),
    // Packages cannot hold a file of that name.
    from('.gitignore', 'content/gitignore'),
    from(readme, 'content/README.md', `signing/${signing}.md`),
    ...WORKFLOWS[answers.publish].map((path) =>
      from(`.github/workflows/${path.replace(/^.*\//, '')}`, `workflows/${path}`),
    ),
    ...SCHEMAS.map(async (name) => {
      const file = `schema/${name}.schema.json`
      return { file, text: await packaged(file) }
    }),
  ])
}

/** A file of this package, which lies in dist/ or unbuilt in src/. */
const packaged = (path: string): Promise<string> =>
  readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')

function filled(text: string, { address, targets, certificate, publish }: Answers, branch: string): string {
  const host = new URL(address).hostname
  const [target] = targets
  const said = text
    // First: what is filled in below may look like one.
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, () => randomUUID())
    .replace(/^ +hostKey: .*\n/m, (line) => settingsOf(target, line))
    .replaceAll(TEMPLATE.to, () => target.to)
    .replaceAll(TEMPLATE.address, () => address)
    .replace(/^(dc:source: ).*/m, (_, key: string) => key + host)
    .replaceAll('branches: [main]', () => `branches: ['${branch}']`)
    .replaceAll('branch `main`', () => `branch \`${branch}\``)
    .replaceAll('robotcert.pem', (usual) => certificate ?? (publish === 'person' ? 'usercert.pem' : usual))
  return withVariables(said, targets)
}

/** What a target of this kind needs besides, of what `vmcast.yaml` says. */
function settingsOf(target: Target, hostKey: string): string {
  if (target.to.startsWith('sftp:')) return hostKey
  if (target.to.startsWith('s3:'))
    return '    region: "" # of the bucket at AWS, as in eu-central-1; elsewhere `endpoint` and `name`, as docs/targets.md of vmcast shows\n'
  return variablesFor([target]).some(({ secret }) => secret === null) ? `    name: ${BOUND_NAME}\n` : ''
}

/** The templates log in by SSH: this is what they say of it, in jobs and in instructions. */
function withVariables(text: string, targets: readonly Target[]): string {
  const variables = variablesFor(targets)
  const rows = variables.flatMap(({ name, secret }) =>
    secret === null ? [] : [`| \`${name}\` | ${secret} |`],
  )
  const otherwise = ['| … | what the target takes: see docs/targets.md of vmcast |']
  return (
    text
      .replace(/^( *)VMCAST_SSH_KEY: .*\n/gm, (_, indent: string) =>
        variables.map(({ name, value }) => `${indent}${name}: ${value}\n`).join(''),
      )
      // Where nothing is left, there is no `env`.
      .replace(/^( *)env:\n(?!\1 )/gm, '')
      .replace(/^( *)\| `VMCAST_SSH_KEY`.*$/gm, (_, indent: string) =>
        (rows.length > 0 ? rows : otherwise).map((row) => indent + row).join('\n'),
      )
  )
}
