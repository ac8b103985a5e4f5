import type { Health } from '@hale/core'
import type { RunningTime } from '../running-time.ts'
import { cancelRunning, isCancellable } from './cancelling.ts'
import type { Connection } from './connection.ts'

/** What becomes due sooner than the next sweep is waited for, ms. */
const SOON_MS = 250

/** How much before ours pg's own timer may fire: it counts from a clock that its event loop cached, ms. */
const EARLY_MS = 50

export interface OverdueStatementsPorts {
  readonly time: RunningTime
  readonly health: Health
  /** Every connection that takes a slot. */
  readonly slots: ReadonlySet<Connection>
  /** The cancel may still hit anything: nobody may have the connection next. */
  onUncertain(connection: Connection): void
}

/**
 * Statements that nobody waits for any more, because pg has told their callers `Query read timeout`: each
 * is cancelled, so that the backend does not go on working for nobody, and so that what a transaction
 * sends next (a ROLLBACK, most likely) is not queued behind it.
 */
export class OverdueStatements {
  readonly #ports: OverdueStatementsPorts
  /** Looked at again as soon as their statements are due. */
  readonly #soon = new Set<Connection>()

  constructor(ports: OverdueStatementsPorts) {
    this.#ports = ports
  }

  pass(now: number): void {
    for (const connection of this.#ports.slots) this.#look(connection, now)
  }

  /**
   * Something is about to be submitted behind the running statement: most often that is what its caller
   * does after giving it up, as pg's timer was somewhat early.
   */
  queuedBehind(connection: Connection, now: number): void {
    const leftMs = connection.overdueAt - now
    if (leftMs <= 0) this.#look(connection, now)
    else if (leftMs <= SOON_MS && !this.#soon.has(connection)) {
      this.#soon.add(connection)
      const { time } = this.#ports
      const timer = time.setTimeout(() => {
        this.#soon.delete(connection)
        this.#look(connection, time.now())
      }, leftMs)
      timer.unref()
    }
  }

  /** Its connection is about to be closed, which a backend does not notice before its statement ends. */
  abandon(connection: Connection, now: number): void {
    const { cancel, condemnedFor } = connection
    if (cancel === 'sent' || condemnedFor === 'lost' || condemnedFor === 'unresponsive') return
    if (connection.isUnderWay && connection.overdueAt - now <= EARLY_MS) {
      this.#cancel(connection, () => true)
    }
  }

  /**
   * Its holder does not want what runs any more. `done` is called when it is known what became of that, at
   * once where there is nothing to cancel; the statement itself may end later.
   */
  cancel(connection: Connection, done: () => void): void {
    if (this.#isToBeCancelled(connection)) this.#cancelHeld(connection, done)
    else done()
  }

  #look(connection: Connection, now: number): void {
    const isOverdue = now >= connection.overdueAt
    if (isOverdue && this.#isToBeCancelled(connection)) this.#cancelHeld(connection)
  }

  /** What was cancelled before is cancelled again by itself for as long as it runs. */
  #isToBeCancelled(connection: Connection): boolean {
    const { state, cancelledStatement, runningStatement } = connection
    if (state !== 'leased' || cancelledStatement === runningStatement) return false
    return isCancellable(connection)
  }

  #cancelHeld(connection: Connection, done?: () => void): void {
    const statement = connection.runningStatement
    connection.onCancelled = (outcome) => {
      if (outcome === 'lost') this.#ports.onUncertain(connection)
    }
    this.#cancel(
      connection,
      () => connection.wire.outstanding > 0 && connection.runningStatement === statement,
      done,
    )
  }

  #cancel(connection: Connection, isWanted: () => boolean, done?: () => void): void {
    const { time, health } = this.#ports
    cancelRunning(connection, { time, timeoutMs: health.cleanupTimeoutMs, isWanted, done })
  }
}
