import { type RunningTime, startDeadline } from '../running-time.ts'
import { type CancelOutcome, requestCancel } from './cancel-request.ts'
import type { Connection } from './connection.ts'

/** How long after a cancel what still runs is cancelled again, ms; twice as long each time, at most 8 s. */
const PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000

/** How long what runs is given to end, once its cancel is asked for. */
export interface CancelPatience {
  readonly time: RunningTime
  /** How long a request may take, ms. */
  readonly timeoutMs: number
  /** Whether what is to be cancelled still runs. */
  isWanted(): boolean
  /** Told the outcome of the first request, whoever else is. */
  readonly done?: ((outcome: CancelOutcome) => void) | undefined
}

/** Whether what `connection` is running can be cancelled now; also by whoever cleans it. */
export function isCancellable(connection: Connection): boolean {
  const { state, cancel, condemnedFor } = connection
  if (state !== 'leased' && state !== 'cleaning') return false
  return connection.isUnderWay && cancel !== 'sent' && condemnedFor !== 'lost'
}

/**
 * Has what `connection` is running cancelled; the one way to do so, whoever holds it. `connection.cancel`
 * says how far that has come: one request at a time, and one that was delivered is noted until
 * cleaning.ts has absorbed it. `connection.onCancelled` is told each outcome, also of whoever takes over
 * meanwhile.
 *
 * A backend ignores a cancel that reaches it before the statement does (ProcessInterrupts in PostgreSQL's
 * postgres.c), and the statement would run on for nobody: so what still runs is cancelled again.
 */
export function cancelRunning(connection: Connection, patience: CancelPatience): void {
  cancelOnce(connection, patience, PAUSE_MS)
}

function cancelOnce(connection: Connection, patience: CancelPatience, pauseMs: number): void {
  const { time, timeoutMs, isWanted, done } = patience
  const { cancel } = connection
  connection.cancel = 'sent'
  connection.cancelledStatement = connection.runningStatement
  requestCancel(connection.client, {
    time,
    timeoutMs,
    isWanted,
    done: (outcome) => {
      connection.cancel = outcome === 'delivered' ? 'delivered' : cancel
      if (outcome === 'delivered' || outcome === 'unsent') {
        cancelAgain(connection, { ...patience, done: undefined }, pauseMs)
      }
      connection.onCancelled?.(outcome)
      done?.(outcome)
    },
  })
}

function cancelAgain(connection: Connection, patience: CancelPatience, pauseMs: number): void {
  const again = (): void => {
    if (!isCancellable(connection) || !patience.isWanted()) return
    cancelOnce(connection, patience, Math.min(2 * pauseMs, LONGEST_PAUSE_MS))
  }
  startDeadline(patience.time, pauseMs, again, { background: true })
}
