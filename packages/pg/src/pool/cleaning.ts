import { probe } from '../probe/probe.ts'
import { type RunningTime, startDeadline } from '../running-time.ts'
import type { CancelOutcome } from './cancel-request.ts'
import { cancelRunning } from './cancelling.ts'
import type { Connection } from './connection.ts'
import { muffle } from './muffle.ts'

/** How a cleaning ended: fit to be lent again, or why not. */
export type CleaningResult = 'clean' | 'busy' | 'transaction' | 'dirty'

export interface CleaningOptions {
  readonly timeoutMs: number
  /** What is sent at the end, to leave no state of the session behind. */
  readonly hygiene?: string | undefined
}

/**
 * How long a statement that is still running at release may go on before it is cancelled, ms; one that its
 * caller has given up is cancelled at once.
 */
const SETTLE_MS = 100

/** How long what runs may go on after the cancel was delivered, ms. An open cursor, say, is deaf to it. */
const CANCELLED_MS = 500

/**
 * Makes a released connection fit to be lent again, off its holder's path: waits for what still runs,
 * cancels it by cancel key when that takes long, rolls an open transaction back, and resets the session
 * where that is asked for. `done` is called once, within `timeoutMs`; after any result but `clean` the
 * connection must be closed hard.
 */
export function clean(
  connection: Connection,
  { timeoutMs, hygiene }: CleaningOptions,
  time: RunningTime,
  done: (result: CleaningResult) => void,
): void {
  const { client, wire } = connection
  const submittedByHolder = wire.submitted
  const settleMs = Math.min(SETTLE_MS, Math.max(0, connection.overdueAt - time.now()))
  let unsent = hygiene
  let finished = false
  let rolledBack = false
  const stops: (() => void)[] = []

  const finish = (result: CleaningResult): void => {
    if (finished) return
    finished = true
    for (const stop of stops) stop()
    wire.onSettled = undefined
    connection.onCancelled = undefined
    done(result)
  }
  const within = (delayMs: number, onMissed: () => void): void => {
    stops.push(startDeadline(time, Math.min(delayMs, timeoutMs), onMissed))
  }

  const isCancelled = (): boolean => connection.cancelledStatement === connection.runningStatement
  const sendCancel = (): void => {
    if (wire.submitted > submittedByHolder || connection.cancel === 'sent') return
    if (!connection.isUnderWay) {
      wire.outstanding = 0 // nothing was sent, so nothing will be answered
      advance()
      return
    }
    if (isCancelled()) {
      within(CANCELLED_MS, () => {
        if (isCancelled()) finish('busy')
        else sendCancel()
      })
      return
    }
    muffle(connection)
    const isWanted = (): boolean => wire.outstanding > 0 && wire.submitted === submittedByHolder
    cancelRunning(connection, { time, timeoutMs, isWanted })
  }
  const cancelled = (outcome: CancelOutcome): void => {
    if (outcome === 'lost' || outcome === 'unsent') finish('busy')
    else if (wire.outstanding > 0) sendCancel()
    else advance()
  }

  const advance = (): void => {
    if (finished || wire.outstanding > 0 || connection.cancel === 'sent') return
    if (connection.cancel === 'delivered') {
      // a cancel that reached an idle backend may hit the next thing it is sent: let that be ours
      connection.cancel = 'none'
      probe(connection, 'network', { time, timeoutMs, isServerSilent: () => false }, () => {
        if (finished) return
        wire.onSettled = advance // the probe took it where the cancel hit
        advance()
      })
    } else if (wire.transactionStatus !== 'I') {
      if (rolledBack) finish('transaction')
      else {
        rolledBack = true
        client.query?.('ROLLBACK', () => {})
      }
    } else if (unsent === undefined) finish('clean')
    else {
      wire.probing = 'question'
      client.query?.(unsent, (error) => {
        wire.probing = undefined
        if (error) finish('dirty')
        else if (client.connection === undefined) finish('clean') // nobody watches this one's wire
      })
      unsent = undefined
    }
  }

  wire.onSettled = advance
  connection.onCancelled = cancelled // also of what its holder's timeout has had cancelled
  within(timeoutMs, () => {
    muffle(connection)
    finish(rolledBack ? 'transaction' : 'busy')
  })
  if (wire.outstanding > 0) within(settleMs, sendCancel)
  else advance()
}
