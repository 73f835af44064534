import { posix } from 'node:path'
import { fault } from '../../errors.ts'
import { ifThere, type Session } from './session.ts'

/** The folder of a target, without links: they are followed once. */
export class Root {
  readonly #place: string
  readonly #path: string
  #found: Promise<string> | null = null

  /** `place`: what messages call the server; `path`: of the folder. */
  constructor(place: string, path: string) {
    this.#place = place
    this.#path = path
  }

  /** It may be missing until something is written, its parent may not. Throws `target-no-parent`. */
  on(session: Session): Promise<string> {
    this.#found ??= this.#find(session).catch((error: unknown) => {
      this.#found = null
      throw error
    })
    return this.#found
  }

  async #find(session: Session): Promise<string> {
    const path = posix.join('/', this.#path, '.')
    const real = (one: string) => ifThere(session.stat(one)).then((stats) => stats && session.realpath(one))
    const root = await real(path)
    if (root !== null) return root
    const parent = await real(posix.dirname(path))
    if (parent === null) throw fault('target-no-parent', { path: `${this.#place}${posix.dirname(path)}` })
    return posix.join(parent, posix.basename(path))
  }
}
