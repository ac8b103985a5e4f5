import { probe } from '../probe/probe.ts'
import { type RunningTime, startDeadline } from '../running-time.ts'
import { requestCancel } from './cancel-request.ts'
import type { Connection } from './connection.ts'
import { muffle } from './muffle.ts'

/** How a cleaning ended: fit to be lent again, or why not. */
export type CleaningResult = 'clean' | 'busy' | 'transaction' | 'dirty'

export interface CleaningOptions {
  readonly timeoutMs: number
  /** How long a statement that is still running may go on before it is cancelled. @default SETTLE_MS */
  readonly settleMs?: number
  /** What is sent at the end, to leave no state of the session behind. */
  readonly hygiene?: string | undefined
}

/** How long a statement that is still running at release may go on before it is cancelled, ms. */
const SETTLE_MS = 100

/** How long it may go on after the cancel was delivered, ms. An open cursor, say, is deaf to it. */
const CANCELLED_MS = 500

/**
 * Makes a released connection fit to be lent again, off its holder's path: waits for what still runs,
 * cancels it by cancel key when that takes long, rolls an open transaction back, and resets the session
 * where that is asked for. `done` is called once, within `timeoutMs`; after any result but `clean` the
 * connection must be closed hard.
 */
export function clean(
  connection: Connection,
  { timeoutMs, settleMs = SETTLE_MS, hygiene }: CleaningOptions,
  time: RunningTime,
  done: (result: CleaningResult) => void,
): void {
  const { client, wire } = connection
  const submittedByHolder = wire.submitted
  let unsent = hygiene
  let finished = false
  let cancel: 'none' | 'sent' | 'delivered' = 'none'
  let rolledBack = false
  const stops: (() => void)[] = []

  const finish = (result: CleaningResult): void => {
    if (finished) return
    finished = true
    for (const stop of stops) stop()
    wire.onSettled = undefined
    done(result)
  }
  const within = (delayMs: number, onMissed: () => void): void => {
    stops.push(startDeadline(time, Math.min(delayMs, timeoutMs), onMissed))
  }

  const sendCancel = (): void => {
    if (wire.submitted > submittedByHolder) return // what runs now is our own
    if (!connection.isUnderWay) {
      wire.outstanding = 0 // nothing was sent, so nothing will be answered
      advance()
      return
    }
    cancel = 'sent'
    muffle(connection)
    requestCancel(client, timeoutMs, time, (delivered) => {
      if (finished) return
      if (!delivered) return finish('busy')
      cancel = 'delivered'
      if (wire.outstanding > 0) within(CANCELLED_MS, () => finish('busy'))
      else advance()
    })
  }

  const advance = (): void => {
    if (finished || wire.outstanding > 0 || cancel === 'sent') return
    if (cancel === 'delivered') {
      // a cancel that reached an idle backend may hit the next thing it is sent: let that be ours
      cancel = 'none'
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
  within(timeoutMs, () => {
    muffle(connection)
    finish(rolledBack ? 'transaction' : 'busy')
  })
  if (wire.outstanding > 0) within(settleMs, sendCancel)
  else advance()
}
