/**
 * Expressions as in `${{ … }}` of workflows and actions: as much of them as vmcast's own use. Everything else is refused,
 * and so is a name that nobody gave: GitHub would take it for nothing.
 */

export type Value = null | boolean | number | string | readonly Value[] | Lookup

/** What stands behind a dot. Undefined: there is no such name. */
export type Lookup = (name: string) => Value | undefined

export interface Scope {
  readonly contexts: Lookup
  /** What has happened so far: `success()` and the like. */
  readonly states: Readonly<Record<State, boolean>>
}

const STATES = ['success', 'failure', 'cancelled', 'always'] as const
export type State = (typeof STATES)[number]

/** A lookup in these, and in nothing else. */
export function known(values: Readonly<Record<string, unknown>>): Lookup {
  const map = new Map(Object.entries(values))
  return (name) => (map.has(name) ? valueOf(map.get(name)) : undefined)
}

/** A JSON value, or one that holds lookups already. */
export function valueOf(value: unknown): Value {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'function') return value as Lookup // no other functions are given
  return Array.isArray(value) ? value.map(valueOf) : known({ ...value })
}

/** Whether something with this `if` is to be done. Without a word on what happened before, that must have gone well. */
export function holds(condition: string | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.states.success
  const text = INSIDE.exec(condition)?.[1] ?? condition
  const asked = tokensOf(text).some((token) => isState(token))
  return (asked || scope.states.success) && isTrue(evaluate(text, scope))
}

/** A text with its expressions worked out. */
export function expand(text: string, scope: Scope): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, inside: string) => textOf(evaluate(inside, scope)))
}

/** What one expression gives that is all of the text. */
export function whole(text: string, scope: Scope): Value {
  const inside = INSIDE.exec(text)?.[1]
  if (inside === undefined) throw new Error(`${text} is no expression`)
  return evaluate(inside, scope)
}

const INSIDE = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s

export function evaluate(text: string, scope: Scope): Value {
  return new Parser(text, scope).whole()()
}

const TOKEN = /\s*(?:('(?:[^']|'')*'|\d+(?:\.\d+)?(?![\w.])|==|!=|&&|\|\||[!().]|[A-Za-z_][\w-]*)|$)/y

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (!found) throw new Error(`This runner does not know what ${text.slice(at).trim()} means, in ${text}`)
    if (found[1] !== undefined) tokens.push(found[1])
    else break
  }
  return tokens
}

type Thunk = () => Value

/** Recursive descent. Only what decides is worked out, as on GitHub. */
class Parser {
  readonly #text: string
  readonly #tokens: readonly string[]
  readonly #scope: Scope
  #at = 0

  constructor(text: string, scope: Scope) {
    this.#text = text
    this.#tokens = tokensOf(text)
    this.#scope = scope
  }

  whole(): Thunk {
    const value = this.#either()
    if (this.#peek() !== undefined) throw this.#odd()
    return value
  }

  #either(): Thunk {
    return this.#chain(
      '||',
      () => this.#both(),
      (left, right) => () => {
        const value = left()
        return isTrue(value) ? value : right()
      },
    )
  }

  #both(): Thunk {
    return this.#chain(
      '&&',
      () => this.#equal(),
      (left, right) => () => {
        const value = left()
        return isTrue(value) ? right() : value
      },
    )
  }

  #equal(): Thunk {
    const left = this.#not()
    const operator = this.#peek()
    if (operator !== '==' && operator !== '!=') return left
    this.#next()
    const right = this.#not()
    return () => isEqual(left(), right()) === (operator === '==')
  }

  #not(): Thunk {
    if (this.#peek() !== '!') return this.#named()
    this.#next()
    const value = this.#not()
    return () => !isTrue(value())
  }

  #named(): Thunk {
    const token = this.#next()
    if (token === '(') return this.#closed(this.#either())
    if (token.startsWith("'")) return constant(token.slice(1, -1).replaceAll("''", "'"))
    if (/^\d/.test(token)) return constant(Number(token))
    if (!/^[A-Za-z_]/.test(token)) throw this.#odd()
    if (LITERALS.has(token)) return constant(LITERALS.get(token) ?? null)
    return this.#peek() === '(' ? this.#call(token) : this.#path(token)
  }

  #call(name: string): Thunk {
    this.#next()
    if (isState(name)) return this.#closed(constant(this.#scope.states[name]))
    if (name !== 'fromJSON') throw new Error(`This runner does not know ${name}(), in ${this.#text}`)
    const text = this.#closed(this.#either())
    return () => valueOf(JSON.parse(textOf(text())))
  }

  #path(first: string): Thunk {
    const names = [first]
    while (this.#peek() === '.') {
      this.#next()
      names.push(this.#next())
    }
    return () =>
      names.reduce<Value>((value, name, index) => {
        const found = typeof value === 'function' ? value(name) : undefined
        if (found === undefined)
          throw new Error(
            `This runner does not know ${names.slice(0, index + 1).join('.')}, in ${this.#text}`,
          )
        return found
      }, this.#scope.contexts)
  }

  #chain(operator: string, operand: () => Thunk, join: (left: Thunk, right: Thunk) => Thunk): Thunk {
    let value = operand()
    while (this.#peek() === operator) {
      this.#next()
      value = join(value, operand())
    }
    return value
  }

  #closed(value: Thunk): Thunk {
    if (this.#next() !== ')') throw this.#odd()
    return value
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#odd()
    return token
  }

  #odd(): Error {
    return new Error(`This runner cannot read the expression ${this.#text}`)
  }
}

const LITERALS: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

const isState = (name: string): name is State => STATES.some((one) => one === name)

const constant =
  (value: Value): Thunk =>
  () =>
    value

export const isArray = (value: Value | undefined): value is readonly Value[] => Array.isArray(value)

const isTrue = (value: Value): boolean => value !== 0 && Boolean(value)

/** Texts without regard to case; else as numbers, where the kinds differ. */
function isEqual(left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left.toLowerCase() === right.toLowerCase()
  if (typeof left === typeof right && left !== null && right !== null) return left === right
  return numberOf(left) === numberOf(right)
}

function numberOf(value: Value): number {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return Number(value)
  return typeof value === 'string' ? Number(value) : Number.NaN
}

function textOf(value: Value): string {
  if (value === null) return ''
  if (typeof value === 'object' || typeof value === 'function') throw new Error('An object is no text')
  return String(value)
}
