import type { ServerAnswer } from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import type { TimeSource } from '../time-source.ts'

/** Gets what the server does for a connection. */
export type AnswerCallback = (answer: ServerAnswer) => void

/** Who asks about which connection. Everybody is told once, in a turn of the event loop of its own. */
export class Asked {
  readonly #byConnection = new Map<Connection, AnswerCallback[]>()
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

  add(connection: Connection, done: AnswerCallback): void {
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
  tell(answerOf: (connection: Connection) => ServerAnswer): void {
    for (const [connection, callbacks] of this.#byConnection) {
      const answer = answerOf(connection)
      for (const done of callbacks) this.#time.setImmediate(() => done(answer))
    }
    this.#byConnection.clear()
  }
}
