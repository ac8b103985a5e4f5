import type { ServerAnswer, ServerAnswerCallback } from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import type { TimeSource } from '../time-source.ts'

/** What the server does for a connection, and for how many ms it has done that already, as far as is known. */
export interface Finding {
  readonly answer: ServerAnswer
  readonly forMs?: number | undefined
}

/** Who asks about which connection. Everybody is told once, in a turn of the event loop of its own. */
export class Asked {
  readonly #byConnection = new Map<Connection, ServerAnswerCallback[]>()
  readonly #time: TimeSource

  constructor(time: TimeSource) {
    this.#time = time
  }

  get isEmpty(): boolean {
    return this.#byConnection.size === 0
  }

  has(connection: Connection): boolean {
    return this.#byConnection.has(connection)
  }

  add(connection: Connection, done: ServerAnswerCallback): void {
    const others = this.#byConnection.get(connection)
    if (others === undefined) this.#byConnection.set(connection, [done])
    else others.push(done)
  }

  /** Whoever has asked so far; those who come later are not among them. */
  take(): Asked {
    const taken = new Asked(this.#time)
    for (const [connection, callbacks] of this.#byConnection) {
      taken.#byConnection.set(connection, callbacks)
    }
    this.#byConnection.clear()
    return taken
  }

  /** Tells everybody who has not been told. */
  tell(find: (connection: Connection) => Finding): void {
    for (const [connection, callbacks] of this.#byConnection) {
      const { answer, forMs } = find(connection)
      for (const done of callbacks) this.#time.setImmediate(() => done(answer, forMs))
    }
    this.#byConnection.clear()
  }
}
