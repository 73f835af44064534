/** What a program tells the runner in its output, as in `::error file=a.yaml,line=3::…`. */
export interface Told {
  readonly command: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

const COMMAND = /^\s*::([\w-]+)(?: ([^]*?))?::([^]*)$/
const KNOWN = ['add-mask', 'error', 'warning', 'notice', 'debug', 'group', 'endgroup']
/** How commands were written once; the runner still finds them, anywhere in a line that is none of the others. */
const OLD = /##\[[\w-]+\b[^\]]*\]/

/** A job's log. Whoever prints what others wrote can give commands unawares: what is not known is refused. */
export class Log {
  readonly told: Told[] = []
  readonly #lines: string[] = []
  readonly #masks = new Set<string>()

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) this.#mask(secret)
  }

  /** What a step has printed. */
  take(output: string): void {
    for (const line of output.split(/\r\n|\r|\n/)) {
      const told = read(line)
      if (!told && OLD.test(line)) throw new Error(`This is a command to the runner: ${line}`)
      if (told?.command === 'add-mask') this.#mask(told.message)
      else this.#lines.push(line)
      if (told) this.told.push(told)
    }
  }

  /** As people see it. */
  get text(): string {
    return this.#lines.map((line) => this.masked(line)).join('\n')
  }

  /** As it was printed, but for the masks' own commands. */
  get raw(): string {
    return this.#lines.join('\n')
  }

  masked(text: string): string {
    return [...this.#masks]
      .sort((a, b) => b.length - a.length)
      .reduce((masked, mask) => masked.replaceAll(mask, '***'), text)
  }

  /** A mask of several lines hides each of them. */
  #mask(value: string): void {
    for (const one of [value, ...value.split(/\r?\n/)]) if (one.trim() !== '') this.#masks.add(one)
  }
}

function read(line: string): Told | null {
  const [, command = '', properties = '', message = ''] = COMMAND.exec(line) ?? []
  if (command === '') return null
  if (!KNOWN.includes(command)) throw new Error(`This runner does not know the command ${line}`)
  return { command, properties: Object.fromEntries(pairs(properties)), message: unescape(message) }
}

const pairs = (properties: string): [string, string][] =>
  properties
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) throw new Error(`${pair} is no property of a command`)
      return [pair.slice(0, at).trim(), unescape(pair.slice(at + 1))]
    })

const ESCAPED: Readonly<Record<string, string>> = { '0D': '\r', '0A': '\n', '3A': ':', '2C': ',', '25': '%' }
const unescape = (text: string): string =>
  text.replace(/%(0D|0A|3A|2C|25)/gi, (_, code: string) => ESCAPED[code.toUpperCase()] ?? '')
