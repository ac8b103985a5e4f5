import { countInWords, durationInWords } from '@hale/core'
import type { SessionFacts, SessionView } from '../facts/session-facts.ts'
import type { Check, Finding } from '../finding.ts'

type Id =
  | 'sessions.blocked'
  | 'sessions.idle-in-transaction'
  | 'sessions.long-transaction'
  | 'sessions.prepared'

const limits = {
  idleInTransaction: { warningMs: 30_000, criticalMs: 600_000 },
  blocked: { warningMs: 1_000, criticalMs: 30_000 },
  longTransaction: { warningMs: 300_000, criticalMs: 3_600_000 },
  prepared: { warningMs: 300_000, criticalMs: 3_600_000 },
} as const

export const sessionsCheck: Check<Id> = {
  finds: {
    'sessions.blocked': `a session waits for a lock; a warning from ${words('blocked')}`,
    'sessions.idle-in-transaction': `a session holds a transaction open and does nothing; a warning from ${words('idleInTransaction')}; a warning as well as soon as others wait for it`,
    'sessions.long-transaction': `a transaction has been open for long; a warning from ${words('longTransaction')}`,
    'sessions.prepared': `a prepared transaction was never ended; a warning from ${words('prepared')}`,
  },
  examine({ sessions }) {
    if (sessions === undefined) return []
    return [
      blocked(sessions),
      idleInTransaction(sessions),
      longTransaction(sessions),
      prepared(sessions),
    ].filter((finding) => finding !== undefined)
  },
}

function blocked({ blocked: all = [] }: SessionFacts): Finding<Id> | undefined {
  const [longest] = all
  if (longest === undefined) return undefined
  const holder = longest.holders[0]
  return {
    id: 'sessions.blocked',
    severity: severityOf(longest.waitingMs, limits.blocked),
    title: `${countInWords(all.length, 'session')} ${all.length === 1 ? 'waits' : 'wait'} for locks, the longest for ${durationInWords(longest.waitingMs)}`,
    reason: `${named(longest)} waits for ${holder === undefined ? 'a prepared transaction' : `${named(holder)}, which is ${holder.state}`}${quoted(longest)}`,
    fix:
      holder === undefined
        ? 'commit or roll back the prepared transaction'
        : `end the holder's transaction where it was begun; if it was forgotten: select pg_terminate_backend(${holder.processId})`,
    evidence: { sessions: all },
  }
}

function idleInTransaction(sessions: SessionFacts): Finding<Id> | undefined {
  const { idleInTransaction: all = [], blocked: waiting = [] } = sessions
  const [longest] = all
  if (longest === undefined) return undefined
  const waitedFor = new Set(
    waiting.flatMap(({ holders }) => holders.map(({ processId }) => processId)),
  )
  const isInTheWay = all.some(({ processId }) => waitedFor.has(processId))
  const stateMs = longest.stateMs ?? 0
  const severity = severityOf(stateMs, limits.idleInTransaction)
  const { length } = all
  return {
    id: 'sessions.idle-in-transaction',
    severity: severity === 'info' && isInTheWay ? 'warning' : severity,
    title: `${countInWords(length, 'session')} ${length === 1 ? 'is' : 'are'} idle in a transaction, the longest for ${durationInWords(stateMs)}`,
    reason: `${named(longest)} keeps its locks and its snapshot meanwhile${isInTheWay ? ', and others wait for them' : ''}${quoted(longest)}`,
    fix: "end transactions on every path, and do nothing slow inside of them; as a net: alter role … set idle_in_transaction_session_timeout = '60s'",
    evidence: { sessions: all },
  }
}

function longTransaction({ longTransactions: all = [] }: SessionFacts): Finding<Id> | undefined {
  const [longest] = all
  if (longest === undefined) return undefined
  const transactionMs = longest.transactionMs ?? 0
  return {
    id: 'sessions.long-transaction',
    severity: severityOf(transactionMs, limits.longTransaction),
    title: `${countInWords(all.length, 'transaction')} ${all.length === 1 ? 'has' : 'have'} been open for over a minute, the longest for ${durationInWords(transactionMs)}`,
    reason: `vacuum cannot clean up after ${longest.xminAge === undefined ? 'what it can still see' : countInWords(longest.xminAge, 'later transaction')}, so tables and indexes grow: ${named(longest)} is ${longest.state}${quoted(longest)}`,
    fix: 'split the work into smaller transactions; read reports from a standby',
    evidence: { sessions: all },
  }
}

function prepared({ prepared: found }: SessionFacts): Finding<Id> | undefined {
  if (found === undefined || found.count === 0) return undefined
  const oldestMs = found.oldestMs ?? 0
  return {
    id: 'sessions.prepared',
    severity: severityOf(oldestMs, limits.prepared),
    title: `${countInWords(found.count, 'prepared transaction')}, the oldest from ${durationInWords(oldestMs)} ago`,
    reason: 'it keeps its locks and its snapshot through restarts, and no session shows it',
    fix: 'look at pg_prepared_xacts, then commit prepared or rollback prepared',
    evidence: { ...found },
  }
}

function severityOf(
  ms: number,
  { warningMs, criticalMs }: { readonly warningMs: number; readonly criticalMs: number },
): Finding['severity'] {
  if (ms >= criticalMs) return 'critical'
  return ms >= warningMs ? 'warning' : 'info'
}

function named({ processId, application }: SessionView): string {
  return `session ${processId} of ${application}`
}

const MOST_SHOWN = 120

function quoted({ statement }: SessionView): string {
  if (statement === undefined) return ''
  const short = statement.length > MOST_SHOWN ? `${statement.slice(0, MOST_SHOWN - 1)}…` : statement
  return `; its statement: ${short}`
}

function words(name: keyof typeof limits): string {
  const { warningMs, criticalMs } = limits[name]
  return `${durationInWords(warningMs)}, critical from ${durationInWords(criticalMs)}`
}
