/**
 * What the server says of one backend, asked on another connection. Everything is optional: what
 * can be known depends on its version and on privileges, and behind a pooler it is nothing.
 */
export interface ServerReport {
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
  /** How long it has waited for them. */
  readonly blockedMs?: number
  /** Backends that wait for what it holds. */
  readonly blocksCount?: number
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

/**
 * A frozen copy of bounded size that holds nothing but what is listed above. Quantities that are
 * negative or not finite are left out: they would be no evidence.
 */
export function copyServerReport(report: ServerReport): ServerReport {
  const copy: { -readonly [Key in keyof ServerReport]: ServerReport[Key] } = {}
  for (const name of quantities) {
    const value = report[name]
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) copy[name] = value
  }
  const { waitEvent, blockedByPids } = report
  if (typeof waitEvent === 'string') copy.waitEvent = waitEvent.slice(0, maxWaitEventLength)
  if (Array.isArray(blockedByPids)) {
    const pids = blockedByPids.slice(0, maxPids).filter((pid) => Number.isInteger(pid))
    copy.blockedByPids = Object.freeze(pids.slice()) // `filter` leaves room for more
  }
  return Object.freeze(copy)
}
