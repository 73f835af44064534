import type { Server } from './server.ts'
import { Session } from './session.ts'

/** How many connections a target has at most. Servers admit ten that are just being made. */
const MOST = 4

/** A connection, once one was needed, and how many uploads and readings are using it. */
interface Lane {
  session: Promise<Session> | null
  stays: number
}

/** The connections of one target: each is made when it is first needed, and made anew where it has broken. */
export class Sessions {
  readonly #server: Server
  readonly #lanes = Array.from({ length: MOST }, (): Lane => ({ session: null, stays: 0 }))

  constructor(server: Server) {
    this.#server = server
  }

  /** Does something short. Throws what `Session.open` throws. */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await work(await this.#open(this.#leastBusy()))
  }

  /** Does something long: side by side with others of its kind, as far as connections go. */
  async stay<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const lane = this.#leastBusy()
    lane.stays++
    try {
      return await work(await this.#open(lane))
    } finally {
      lane.stays--
    }
  }

  async close(): Promise<void> {
    const made = this.#lanes.flatMap(({ session }) => session ?? [])
    for (const one of await Promise.allSettled(made)) if (one.status === 'fulfilled') one.value.close()
  }

  #leastBusy(): Lane {
    return this.#lanes.reduce((best, lane) => (lane.stays < best.stays ? lane : best))
  }

  /** All that come while a connection is being made share it; one that failed or broke is replaced. */
  #open(lane: Lane): Promise<Session> {
    lane.session ??= Session.open(this.#server).then(
      (session) => {
        session.onEnd(() => {
          lane.session = null
        })
        return session
      },
      (error: unknown) => {
        lane.session = null
        throw error
      },
    )
    return lane.session
  }
}
