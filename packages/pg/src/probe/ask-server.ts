import type { ServerAnswer } from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import { ask, type Patience, type ProbeOutcome } from './probe.ts'

/**
 * Asks over `helper` what the server knows of the backend with `processId`. Behind a pooler the
 * process ids that clients were told are not those of backends: then nothing is concluded.
 */
export function askServer(
  helper: Connection,
  processId: number,
  patience: Patience,
  done: (outcome: ProbeOutcome, answer: ServerAnswer) => void,
): void {
  const pid = Math.trunc(processId)
  // one row in any case; an activity without a state is one that we may not look at
  const text =
    'select pg_catalog.pg_backend_pid() as helper, a.pid as found, a.state as state from (select 1) as one ' +
    `left join pg_catalog.pg_stat_get_activity(${pid}) as a on true`
  ask(helper, { text, kind: 'question' }, patience, (outcome, result) => {
    const isAnswered = outcome === 'answered'
    done(outcome, isAnswered ? answerOf(result?.rows?.[0], helper.client.processID) : 'unanswered')
  })
}

interface ActivityRow {
  readonly helper?: number | string
  readonly found?: number | string | null
  readonly state?: string | null
}

function answerOf(row: unknown, helperId: number | null | undefined): ServerAnswer {
  const { helper, found, state } = (row ?? {}) as ActivityRow
  if (Number(helper) !== helperId) return 'unknown'
  if (found === null || found === undefined) return 'gone'
  switch (state) {
    case 'active':
    case 'fastpath function call':
      return 'active'
    case 'idle':
    case 'idle in transaction':
    case 'idle in transaction (aborted)':
      return 'idle'
    default:
      return 'unknown'
  }
}
