import type { Connection } from '../pool/connection.ts'
import { startDeadline, type TimeSource } from '../time-source.ts'

/** How a probe ended: answered, not answered in time, or refused because the connection is gone. */
export type ProbeOutcome = 'answered' | 'unanswered' | 'failed'

/**
 * Sends one empty query, the cheapest thing that makes a backend answer: it opens no transaction and
 * touches no table. `done` is called once, within `timeoutMs` of the event loop's own time.
 */
export function probe(
  connection: Connection,
  timeoutMs: number,
  time: TimeSource,
  done: (outcome: ProbeOutcome) => void,
): void {
  const { client, wire } = connection
  if (client.connection === undefined || client.query === undefined) {
    done('answered') // a custom client that speaks no protocol we know: events are all there is
    return
  }
  let settled = false
  const settle = (outcome: ProbeOutcome): void => {
    if (settled) return
    settled = true
    cancel()
    wire.probing = false
    done(outcome)
  }
  const cancel = startDeadline(time, timeoutMs, () => {
    connection.metrics.recordProbeTimeout()
    settle('unanswered')
  })
  wire.probing = true
  try {
    client.query('', (error) => settle(error ? 'failed' : 'answered'))
  } catch {
    settle('failed')
  }
}
