import { classifyFault, type ProbeKind } from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import { type RunningTime, startDeadline } from '../running-time.ts'

/** How a probe ended: answered, not answered in time, or refused because the connection is gone. */
export type ProbeOutcome = 'answered' | 'unanswered' | 'failed'

/** How a question ended, and what came with it. */
export type Answer = (outcome: ProbeOutcome, result?: AskedResult) => void

/** What pg gives for the statement, or for several a list of that, or why the server refused it. */
export interface AskedResult {
  readonly rows?: readonly unknown[]
  /** SQLSTATE. */
  readonly refusedFor?: string
}

/**
 * What is sent. The empty query is the cheapest thing that makes a backend answer: it opens no
 * transaction and touches no table. The other costs the backend about 2 ms of CPU, and touches none
 * either.
 */
const questions: Readonly<Record<ProbeKind, string>> = {
  network: '',
  backend: 'select pg_catalog.sum(n) from pg_catalog.generate_series(1, 12000) as n',
}

/** How long an answer is waited for. */
export interface Patience {
  readonly time: RunningTime
  /** More where the connection took longer to open, which takes two round trips at least: up to 4 s. */
  readonly timeoutMs: number
  /** Whether nobody else is answered either: then the connection asked is not at fault, for a while. */
  readonly isServerSilent: (connection: Connection, since: number) => boolean
}

/** How many times `timeoutMs` a connection is given while nobody else is answered either. */
const SILENT_SERVER_FACTOR = 10

/** The longest that a link is waited for because it was as slow when it opened, ms. */
const MOST_FOR_SLOW_LINK_MS = 4_000

/** Sends one probe. */
export function probe(
  connection: Connection,
  kind: ProbeKind,
  patience: Patience,
  done: Answer,
): void {
  ask(connection, { text: questions[kind], kind }, patience, done)
}

/** What is asked; only a probe's round trip counts as one. */
export interface Question {
  readonly text: string
  readonly kind: ProbeKind | 'question'
}

/**
 * Sends a statement of the watcher's own. One that the server refuses was answered as well; `failed` means
 * that the connection is gone. `done` is called once, when the connection is ready again or has used up the
 * patience, counted in the event loop's own time.
 */
export function ask(
  connection: Connection,
  { text, kind }: Question,
  patience: Patience,
  done: Answer,
): void {
  const { client, wire } = connection
  if (client.connection === undefined || client.query === undefined) {
    done('answered') // a custom client that speaks no protocol we know: events are all there is
    return
  }
  let settled = false
  const settle: Answer = (outcome, result) => {
    if (settled) return
    settled = true
    cancel()
    wire.probing = undefined
    done(outcome, result)
  }
  const cancel = startPatience(connection, patience, () => {
    connection.metrics.recordProbeTimeout()
    settle('unanswered')
  })
  wire.probing = kind
  wire.probeMs = undefined
  try {
    client.query(text, (error, result) => {
      const refusedFor = error ? refusalOf(error) : undefined
      if (!error) settle('answered', result as AskedResult)
      else if (refusedFor === undefined) settle('failed')
      else {
        wire.onSettled = () => {
          wire.onSettled = undefined
          settle('answered', { refusedFor })
        }
      }
    })
  } catch {
    settle('failed')
  }
}

function startPatience(
  connection: Connection,
  { time, timeoutMs, isServerSilent }: Patience,
  onMissed: () => void,
): () => void {
  const since = time.now()
  const openMs = connection.openedAt - connection.openingAt
  const boundMs = Math.max(timeoutMs, Math.min(MOST_FOR_SLOW_LINK_MS, openMs))
  let left = SILENT_SERVER_FACTOR
  let cancel: () => void
  const wait = (): void => {
    cancel = startDeadline(time, boundMs, () => {
      left -= 1
      if (left > 0 && isServerSilent(connection, since)) wait()
      else onMissed()
    })
  }
  wait()
  return () => cancel()
}

function refusalOf(error: Error): string | undefined {
  const { scope, endsSession, sqlState } = classifyFault(error)
  return scope === 'connection' || endsSession ? undefined : sqlState
}
