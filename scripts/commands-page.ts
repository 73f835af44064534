import { createCli } from '../src/commands/index.ts'
import { readable } from '../src/commands/words.ts'

/** docs/commands.md, from the command classes. */
export const commandsPage = (): string => `# Commands

_Made from the classes in \`src/commands/\` by \`npm run docs\`; edit those._

\`vmcast\` is \`node dist/cli.js\` of a checkout; the README makes it an alias.

Results go to standard output, progress and errors to standard error. Exit status: 0 done, or nothing to do; 1 an error;
2 there are changes (only with \`--detailed-exitcode\`); 3 refused by a guard.

${createCli({ colour: false })
  .definitions()
  .filter(({ path }) => /^vmcast \w/.test(path))
  .map(section)
  .join('\n')}`

type Definition = ReturnType<ReturnType<typeof createCli>['definitions']>[number]

function section({
  path,
  usage,
  description = '',
  details = '',
  options,
  examples = [],
}: Definition): string {
  const rows = options.map(
    ({ definition, description: meaning = '' }) => `| \`${readable(definition)}\` | ${meaning.trim()} |`,
  )
  return [
    `## ${path.replace(/ [<[].*/, '')}`,
    description.trim(),
    code(readable(usage)),
    details.trim(),
    ...(rows.length > 0 ? [['| option | meaning |', '| --- | --- |', ...rows].join('\n')] : []),
    ...examples.map(([purpose, command]) => `${purpose.trim()}:\n\n${code(command)}`),
    '',
  ]
    .filter((part, index, parts) => part !== '' || index === parts.length - 1)
    .join('\n\n')
}

const code = (line: string): string => `\`\`\`sh\n${line.trim()}\n\`\`\``
