import { parseDestination, type Destination } from '../address.ts'
import { fault, VmcastError } from '../errors.ts'
import type { Tag, TargetConfig } from '../model.ts'
import { fetchList } from '../web.ts'
import { formOf, type Action } from './appdb/form.ts'
import { redactor } from './appdb/redact.ts'
import { readReply } from './appdb/reply.ts'
import { Broken, exchange, type Answer } from './https/exchange.ts'
import { explain } from './https/explain.ts'
import { identify } from './https/identity.ts'
import { basicLogin, hostOf, passwordVariable, type Login } from './https/login.ts'
import { secretFor } from './secret.ts'
import type { Keyring, Stat, Target } from './target.ts'
import { tagOf } from './tag.ts'

/** Milliseconds that the catalogue may take to look at a list. */
const PATIENCE = 120_000
/** Bytes of a reply, and of the list that is there, at the most. */
const LARGEST_REPLY = 1024 * 1024
const LARGEST_LIST = 64 * 1024 * 1024

/**
 * The catalogue of EGI's virtual appliances, for lists only. Throws `target-address`, `appdb-no-action`,
 * `appdb-no-user`, `appdb-no-password`, `secret-unbound`. `patience` in milliseconds.
 */
export function openAppdb(config: TargetConfig, keyring: Keyring, patience = PATIENCE): Promise<Target> {
  const { insert = true, enable = true, auth = 'x509' } = config.settings
  const to = parseDestination(config.to)
  if (!to) throw fault('target-address', { reason: 'it is not of the form egiappdb://user@host/path/' })
  if (/\/(x509|sso)\/$/.test(to.path)) {
    throw fault('target-address', {
      reason: 'x509/ or sso/ at its end is added by `auth`, and has to be left out',
    })
  }
  const actions: Action[] = [...(insert ? ['insert' as const] : []), ...(enable ? ['enable' as const] : [])]
  if (actions.length === 0) throw fault('appdb-no-action', {})
  const login = auth === 'sso' ? loginOf(config, to, keyring.env) : null
  return Promise.resolve(new AppdbTarget({ config, keyring, to, auth, actions, login, patience }))
}

/** The account and its password. The AppDB asks for nothing before: it is sent with the list. */
function loginOf(config: TargetConfig, to: Destination, env: Keyring['env']): Login {
  const variable = passwordVariable(config)
  if (to.user === null) throw fault('appdb-no-user', { variable })
  const password = secretFor('PASSWORD', config, hostOf(to), env)
  if (password === null) throw fault('appdb-no-password', { user: to.user, variable })
  return basicLogin(to.user, password)
}

interface Account {
  readonly config: TargetConfig
  readonly keyring: Keyring
  readonly to: Destination
  readonly auth: 'x509' | 'sso'
  readonly actions: readonly Action[]
  readonly login: Login | null
  readonly patience: number
}

/** Lists go in by a form; they are read where subscribers read them. */
class AppdbTarget implements Target {
  readonly settles = 'later'
  readonly holds = 'lists'
  readonly #account: Account
  readonly #url: URL

  constructor(account: Account) {
    this.#account = account
    this.#url = new URL(`https://${hostOf(account.to)}${account.to.path}${account.auth}/`)
  }

  async stat(key: string): Promise<Stat | null> {
    const there = await this.read(key, LARGEST_LIST)
    return there && { size: there.bytes.length }
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    const bytes = await fetchList(this.#account.config.match + key, limit)
    return bytes && { bytes, tag: tagOf(bytes) }
  }

  bytes(): Promise<never> {
    return Promise.reject(fault('appdb-lists-only', { work: 'hold image files' }))
  }

  write(): Promise<Stat> {
    return Promise.reject(fault('appdb-lists-only', { work: 'hold image files' }))
  }

  /** The catalogue knows no condition: what is there is looked at right before the list is sent. */
  async swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    const there = await this.read(key, LARGEST_LIST)
    if ((there?.tag ?? null) !== expect) throw fault('target-conflict', { key })
    await this.#post(key, bytes)
    return tagOf(bytes)
  }

  remove(): Promise<void> {
    return Promise.reject(fault('appdb-lists-only', { work: 'remove anything' }))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #post(key: string, list: Uint8Array): Promise<void> {
    const { config, keyring, to, auth, actions, login, patience } = this.#account
    const { agent, headers, who } = await identify(config, this.#url, login, keyring)
    const text = formOf(list, actions, auth === 'x509' ? auth : (to.user ?? ''))
    const form = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(text),
    }
    try {
      // A connection for each list: one that was kept could be cut just when the next list is on its way.
      const all = { ...headers, ...form, connection: 'close', 'user-agent': 'vmcast' }
      const answer = await exchange(this.#url, { method: 'POST', headers: all, agent, text, patience })
      this.#judge(key, who, answer, await wordsOf(answer))
    } catch (error) {
      throw error instanceof Broken ? this.#broken(key, who, error) : error
    } finally {
      agent.destroy()
    }
  }

  #judge(key: string, who: string, { status, headers }: Answer, text: string): void {
    const place = this.#url.href
    const { login } = this.#account
    const reply = readReply(text, login ? redactor(login) : undefined)
    if (status >= 300 && status < 400)
      throw fault('appdb-redirected', { place, to: shownAddress(headers.location) })
    if (typeof reply !== 'string') {
      if (status === 200 && reply.success) return
      throw fault('appdb-refused', { place, status: reply.status, reasons: reply.reasons })
    }
    if (status === 401 || status === 403) throw fault('appdb-denied', { place, who, status })
    if (status === 429 || status === 503)
      throw fault('target-interrupted', { place, reason: `it answers ${status}` })
    if (status >= 500) throw this.#unanswered(key, `it answers ${status}`)
    throw fault('appdb-unexpected', { place, reason: status === 200 ? reply : `status ${status}` })
  }

  #broken(key: string, who: string, broken: Broken): VmcastError {
    const failure = explain(broken, this.#url.href, hostOf(this.#account.to), who)
    return failure.code === 'target-interrupted' ? this.#unanswered(key, broken.message) : failure
  }

  #unanswered(key: string, reason: string): VmcastError {
    return fault('appdb-unanswered', { place: this.#url.href, reason, uri: this.#account.config.match + key })
  }
}

async function wordsOf({ body }: Answer): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > LARGEST_REPLY) break
  }
  return Buffer.concat(chunks).toString()
}

/** Only where it leads: the rest may hold anything. */
function shownAddress(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : 'another address'
}
