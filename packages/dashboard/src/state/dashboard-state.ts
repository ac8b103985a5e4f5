import type {
  ConnectionIssue,
  HealthMode,
  HealthStatus,
  IssueSeverity,
  RecommendedAction,
  RecycleCause,
} from '@hale/core'
import type {
  ConnectionSnapshot,
  ConnectionState,
  PoolCounts,
  PoolSnapshot,
  Readiness,
} from '@hale/pg'

/**
 * What `GET snapshot.json` and the event stream send, as plain JSON. Instants are wall time in ms since
 * 1970. Texts may hold names that others chose (applications, tables, hosts): whoever shows them escapes them.
 */
export interface DashboardState {
  /** Of this format; another number is another format. */
  readonly version: 1
  readonly at: number
  /** By name, in the order in which they came. */
  readonly pools: Readonly<Record<string, PoolView>>
}

/** One pool at an instant, and its last hour. */
export interface PoolView {
  readonly target: {
    readonly host: string
    readonly port: number
    readonly database: string | null
  }
  readonly mode: HealthMode
  readonly readiness: Readiness
  readonly counts: PoolCounts
  readonly connections: readonly ConnectionCell[]
  /** Open issues, then cleared ones, the latest first; at most 100. */
  readonly issues: readonly IssueView[]
  /** Who waits for whose lock, as the server says. */
  readonly blocks: readonly BlockView[]
  /** What became of connections, the latest first; at most 200. */
  readonly timeline: readonly TimelineEntry[]
  readonly series: Series
  readonly server: PoolSnapshot['server']
  readonly totals: PoolSnapshot['totals']
  readonly learning: PoolSnapshot['learning']
}

/** One connection. */
export interface ConnectionCell {
  readonly connectionId: number
  readonly processId: number | null
  readonly state: ConnectionState
  readonly status: HealthStatus
  /** 0 (bad) to 1 (good); `null` while unknown. */
  readonly score: number | null
  readonly ageMs: number
  readonly uses: number
  readonly leasedMs: number | null
  readonly leasedBy: string | null
  /** What it runs, or ran last, as far as that is known: never with a literal. */
  readonly operation: ConnectionSnapshot['operation'] | null
  readonly condemnedFor: RecycleCause | null
  /** `explain` of its assessment. */
  readonly explanation: string
  readonly evidence: ConnectionSnapshot['assessment']['evidence']
  readonly recommendedActions: readonly RecommendedAction[]
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly probeMs: number | null
  /** Mean statement time at the latest samples, oldest first, at most 60; `null` where nothing ran. */
  readonly latencyMs: readonly (number | null)[]
  /** What the server says of the backend. */
  readonly backend: ConnectionSnapshot['metrics']['server'] | null
}

export interface IssueView {
  readonly id: number
  readonly type: ConnectionIssue['type']
  readonly scope: ConnectionIssue['scope']
  readonly severity: IssueSeverity
  readonly connectionId: number | null
  readonly detectedAt: number
  readonly lastSeenAt: number
  readonly clearedAt: number | null
  /** `explainIssue` of it. */
  readonly explanation: string
  readonly evidence: ConnectionIssue['evidence']
}

/** One backend waits for another; either may be a stranger to the pool. */
export interface BlockView {
  readonly waiting: BackendName
  readonly holder: BackendName
  readonly waitedMs: number | null
}

export interface BackendName {
  readonly processId: number | null
  /** `null` where it is no connection of this pool. */
  readonly connectionId: number | null
  readonly applicationName: string | null
  /** In normal form, without literals. */
  readonly statement: string | null
}

/** One thing that happened, told so that it can be read without the others. */
export interface TimelineEntry {
  /** Rises by one within a pool. */
  readonly id: number
  readonly at: number
  readonly kind:
    | 'opened'
    | 'open-failed'
    | 'condemned'
    | 'evicted'
    | 'retired'
    | 'timed-out'
    | 'server'
    | 'operator'
    | 'pool'
  readonly severity: IssueSeverity
  readonly connectionId: number | null
  /** The connection that took, or was to take, its place. */
  readonly successorId: number | null
  readonly cause: RecycleCause | null
  /** A sentence: what happened, why, on what evidence, and what took its place. */
  readonly text: string
}

/** The last hour in columns of equal length, oldest first: `at` is wall time in ms. */
export interface Series {
  readonly at: readonly number[]
  /** Statements that were answered, per second. */
  readonly statementsPerSecond: readonly number[]
  /** Mean time of a statement between two samples; `null` where none ran. */
  readonly meanMs: readonly (number | null)[]
  /** 95 % of the statements between two samples took no longer, by the bounds of buckets. */
  readonly p95Ms: readonly (number | null)[]
  readonly failuresPerSecond: readonly number[]
  readonly leased: readonly number[]
  readonly waiting: readonly number[]
  readonly unhealthy: readonly number[]
}

/** What the event stream sends after the first state: whatever of each pool is not as it was. */
export interface DashboardDelta {
  readonly at: number
  /**
   * `null` for a pool that has left. A series holds only what was added; a timeline only entries that are
   * new, or that say more than they did, under the id that they had.
   */
  readonly pools: Readonly<Record<string, Partial<PoolView> | null>>
}

/** What `POST action` takes. */
export interface OperatorAction {
  readonly pool: string
  readonly verb: 'recycle' | 'evict-all' | 'observe' | 'enforce'
  /** For `recycle` only. */
  readonly connectionId?: number
}

/** What `POST action` answers, whether it was done (200) or not (4xx). */
export interface ActionOutcome {
  /** A sentence for whoever asked. */
  readonly message: string
}
