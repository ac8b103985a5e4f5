export type IssueSeverity = 'info' | 'warning' | 'critical'

/** What an issue is about: one connection, the pool as a whole, or the server behind it. */
export type IssueScope = 'connection' | 'pool' | 'server'

/**
 * Numbers and names that a person can check, by issue type. Types without a shape of their own yet
 * carry {@link GenericEvidence}; none of them ever holds SQL text, values or secrets.
 */
export interface IssueEvidence {
  readonly high_latency: {
    /** Smallest of the connection's latest probe round trips, in ms. */
    readonly probeFloorMs: number
    /** Median of the same figure over the connection's peers, in ms. */
    readonly peersProbeFloorMs: number
    /** Peers that were compared with. */
    readonly peers: number
    /** Limit that the floor exceeded, in ms. */
    readonly limitMs: number
  }
  readonly transaction_leak: {
    /** Transaction status at release: `T` open, `E` failed. */
    readonly status: 'T' | 'E'
    readonly leasedMs: number
  }
  readonly unresponsive: {
    /** How long an answer was waited for, in ms. */
    readonly waitedMs: number
    /**
     * What was asked: an empty query before or between leases, or a statement still running at
     * release.
     */
    readonly during: 'verify' | 'probe' | 'release'
  }
  readonly wrong_role: {
    readonly sqlState: string
    /** What the server last said of itself; `undefined` before PostgreSQL 14. */
    readonly inHotStandby: boolean | undefined
  }
  readonly disconnections: { readonly total: number; readonly lastCause: string }
  readonly pool_exhaustion: {
    readonly waiting: number
    readonly leased: number
    readonly max: number
  }
  readonly server_unreachable: { readonly failures: number; readonly lastError: string }
  readonly error_rate: GenericEvidence
  readonly timeouts: GenericEvidence
  readonly deadlocks: GenericEvidence
  readonly idle_in_transaction: GenericEvidence
  readonly blocking: GenericEvidence
  readonly blocked: GenericEvidence
  readonly resource_usage: GenericEvidence
  readonly locks_held: GenericEvidence
  readonly stale_plan: GenericEvidence
  readonly stale_statistics: GenericEvidence
  readonly connection_leak: GenericEvidence
  readonly server_slow: GenericEvidence
  readonly flapping: GenericEvidence
}

export interface GenericEvidence {
  readonly [name: string]: number | string | boolean | undefined
}

export type IssueType = keyof IssueEvidence

/** One sighting of a condition: what a detector reports and the issue log turns into an issue. */
export type IssueSighting = {
  readonly [Type in IssueType]: {
    readonly type: Type
    readonly scope: IssueScope
    readonly severity: IssueSeverity
    readonly evidence: IssueEvidence[Type]
  }
}[IssueType]

/** Something wrong that holds now, or held until `clearedAt`. A plain value: a copy, never live. */
export type ConnectionIssue = IssueSighting & {
  /** Unique within one monitor. */
  readonly id: number
  /** The connection it is about; `undefined` for the pool and the server. */
  readonly connectionId?: number
  /** First sighting, monotonic ms. */
  readonly detectedAt: number
  /** Latest sighting, monotonic ms. */
  readonly lastSeenAt: number
  /** When the condition ended, monotonic ms. */
  readonly clearedAt?: number
}
