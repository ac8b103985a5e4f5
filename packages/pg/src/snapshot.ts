import type {
  ConnectionHealthAssessment,
  ConnectionIssue,
  HealthMode,
  Learning,
  MetricsSnapshot,
  Operation,
  OperationCounts,
  PoolDurationsSnapshot,
  RecycleCause,
} from '@hale/core'
import type { PoolCounts } from './errors.ts'
import type { Connection } from './pool/connection.ts'
import type { ConnectionState } from './pool/connection-state.ts'
import type { EngineTotals } from './pool/engine-ports.ts'
import type { ServerSnapshot } from './server-snapshot.ts'

/** One connection at an instant. */
export interface ConnectionSnapshot {
  readonly connectionId: number
  readonly state: ConnectionState
  /** The backend's pid, as the server told it; a pooler in between tells its own. */
  readonly processId: number | undefined
  readonly ageMs: number
  /** Finished leases. */
  readonly uses: number
  /** How long its present holder has had it; `undefined` when nobody has. */
  readonly leasedMs: number | undefined
  /** Where in the application its present holder leased it, as far as that was noted. */
  readonly leasedBy: string | undefined
  /** What its present holder runs, or ran last, as far as an adapter announced it. */
  readonly operation: Operation | undefined
  /** Why it will be closed as soon as nobody holds it. */
  readonly condemnedFor: RecycleCause | undefined
  readonly assessment: ConnectionHealthAssessment
  readonly metrics: MetricsSnapshot
}

/** The pool at an instant: plain JSON, a copy. */
export interface PoolSnapshot {
  /** Monotonic ms. */
  readonly at: number
  readonly mode: HealthMode
  readonly counts: PoolCounts
  readonly connections: readonly ConnectionSnapshot[]
  /** Open issues of connections, of the pool and of the server. */
  readonly issues: readonly ConnectionIssue[]
  readonly totals: Readonly<EngineTotals> & {
    /** Recycled connections by cause. */
    readonly recycles: Readonly<Record<RecycleCause, number>>
    /** Listeners of the monitor that threw; contained, so counted. */
    readonly listenerErrors: number
    /** Statements by kind, as far as an adapter announces them. */
    readonly operations: Readonly<Record<string, OperationCounts>>
  }
  /** How long things took since the pool began, in buckets of `durationBoundsMs`. */
  readonly durations: PoolDurationsSnapshot
  /** The server that most connections are to. */
  readonly server: ServerSnapshot & {
    /** Failed opening attempts since the last that succeeded. */
    readonly openingFailures: number
    /** Whether callers are told at once that the server is gone, as it has been for a while. */
    readonly isBreakerOpen: boolean
  }
  /** What became of past swaps, by the channel that asked for them. */
  readonly learning: Learning
}

/** Whether the pool can serve, and why. */
export interface Readiness {
  readonly ready: boolean
  readonly reason: 'ready' | 'cold' | 'exhausted' | 'server-unreachable' | 'closed'
}

export function snapshotConnection(
  connection: Connection,
  assessment: ConnectionHealthAssessment,
  now: number,
): ConnectionSnapshot {
  const { id, state, client, openedAt, uses, leasedAt, condemnedFor, metrics } = connection
  metrics.setBytes(connection.receivedBytes, connection.sentBytes)
  return {
    connectionId: id,
    state,
    processId: client.processID ?? undefined,
    ageMs: now - openedAt,
    uses,
    leasedMs: state === 'leased' ? now - leasedAt : undefined,
    leasedBy: state === 'leased' ? connection.leasedBy : undefined,
    operation: metrics.operation.latest,
    condemnedFor,
    assessment,
    metrics: metrics.snapshot(now),
  }
}

interface ReadinessFacts {
  readonly ending: boolean
  /** Callers have waited in vain, and no sweep has found the queue empty since. */
  readonly exhausted: boolean
  readonly isBreakerOpen: boolean
}

/**
 * Not ready while closed, while the server takes no connections and none is left, and after callers gave
 * up waiting for as long as others still wait. A queue by itself is load, not a failure.
 */
export function readinessOf(
  counts: PoolCounts,
  openingFailures: number,
  { ending, exhausted, isBreakerOpen }: ReadinessFacts,
): Readiness {
  if (ending) return { ready: false, reason: 'closed' }
  const live = counts.idle + counts.leased + counts.probing + counts.cleaning
  if (isBreakerOpen || (live === 0 && openingFailures > 0))
    return { ready: false, reason: 'server-unreachable' }
  if (exhausted && counts.waiting > 0) return { ready: false, reason: 'exhausted' }
  return { ready: true, reason: live === 0 ? 'cold' : 'ready' }
}
