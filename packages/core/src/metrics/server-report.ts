import { type BackendView, bounded, copyBackendView, maxStateLength } from './backend-view.ts'

/**
 * What the server says of one backend, asked on another connection. Everything is optional: what
 * can be known depends on its version and on privileges, and behind a pooler it is nothing.
 */
export interface ServerReport {
  /** PostgreSQL's own word, as in `idle in transaction`; at most 32 characters are kept. */
  readonly state?: string
  /** Memory that the backend has allocated for itself. */
  readonly backendMemoryBytes?: number
  /** Age of its open transaction. */
  readonly transactionAgeMs?: number
  /** How long its present statement has been running. */
  readonly statementAgeMs?: number
  /** What it waits for, as in `Lock:transactionid`; at most 64 characters are kept. */
  readonly waitEvent?: string
  /** Backends that hold what it waits for; at most 16 are kept. */
  readonly blockedByPids?: readonly number[]
  /** Who these are; at most 8 are kept. */
  readonly blockers?: readonly BackendView[]
  /** How long it has waited for them. */
  readonly blockedMs?: number
  /** Backends that wait for what it holds. */
  readonly blocksCount?: number
  /** Who these are; at most 8 are kept, so put those first that have waited longest. */
  readonly waiters?: readonly BackendView[]
  /** How long the longest of these has waited. */
  readonly blockingMs?: number
  /** Locks that it holds. */
  readonly locksHeld?: number
  /** How long it has held the oldest of them. */
  readonly oldestLockMs?: number
  /** Transactions that began since its snapshot: what vacuum has to spare because of it. */
  readonly xminAge?: number
  /** Temporary files that it has written. */
  readonly tempBytes?: number
  /** How long its open transaction has had nothing to do. */
  readonly idleInTransactionMs?: number
}

const maxPids = 16
const maxViews = 8
const maxWaitEventLength = 64

const quantities = [
  'backendMemoryBytes',
  'transactionAgeMs',
  'statementAgeMs',
  'blockedMs',
  'blocksCount',
  'blockingMs',
  'locksHeld',
  'oldestLockMs',
  'xminAge',
  'tempBytes',
  'idleInTransactionMs',
] as const satisfies readonly (keyof ServerReport)[]

/** Those that `copyServerReport` made: frozen to the bottom, so that nobody has to make them again. */
const made = new WeakSet<object>()

/**
 * A copy of bounded size, frozen to the bottom, that holds nothing but what is listed above. What is
 * negative, not finite or of another type is left out: it would be no evidence. A copy of a copy is
 * itself, so that whoever makes the report may make it once and have nothing copied again.
 */
export function copyServerReport(report: ServerReport): ServerReport {
  if (made.has(report)) return report
  const copy: { -readonly [Key in keyof ServerReport]: ServerReport[Key] } = {}
  for (const name of quantities) {
    const value = report[name]
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) copy[name] = value
  }
  const { state, waitEvent, blockedByPids, blockers, waiters } = report
  if (typeof state === 'string') copy.state = bounded(state, maxStateLength)
  if (typeof waitEvent === 'string') copy.waitEvent = bounded(waitEvent, maxWaitEventLength)
  if (Array.isArray(blockedByPids)) {
    const pids = blockedByPids.slice(0, maxPids).filter((pid) => Number.isInteger(pid))
    copy.blockedByPids = Object.freeze(pids.slice()) // `filter` leaves room for more
  }
  if (Array.isArray(blockers)) copy.blockers = copyViews(blockers)
  if (Array.isArray(waiters)) copy.waiters = copyViews(waiters)
  made.add(Object.freeze(copy))
  return copy
}

function copyViews(views: readonly BackendView[]): readonly BackendView[] {
  return Object.freeze(views.slice(0, maxViews).flatMap((view) => copyBackendView(view) ?? []))
}
