import type { RunningTime } from '../running-time.ts'
import { type CancelOutcome, requestCancel } from './cancel-request.ts'
import type { Connection } from './connection.ts'

/** How long what runs is given to end, once its cancel is asked for. */
export interface CancelPatience {
  readonly time: RunningTime
  /** How long the request may take, ms. */
  readonly timeoutMs: number
  /** Whether what is to be cancelled still runs. */
  isWanted(): boolean
  /** Told the outcome, whoever else is. */
  readonly done?: ((outcome: CancelOutcome) => void) | undefined
}

/**
 * Has what `connection` is running cancelled; the one way to do so, whoever holds it. `connection.cancel`
 * says how far that has come: one request at a time, and one that was delivered is noted until
 * cleaning.ts has absorbed it. `connection.onCancelled` is told the outcome, also of whoever takes over
 * meanwhile.
 */
export function cancelRunning(
  connection: Connection,
  { time, timeoutMs, isWanted, done }: CancelPatience,
): void {
  const { cancel } = connection
  connection.cancel = 'sent'
  connection.cancelledStatement = connection.runningStatement
  requestCancel(connection.client, {
    time,
    timeoutMs,
    isWanted,
    done: (outcome) => {
      connection.cancel = outcome === 'delivered' ? 'delivered' : cancel
      const { onCancelled } = connection
      connection.onCancelled = undefined
      onCancelled?.(outcome)
      done?.(outcome)
    },
  })
}
