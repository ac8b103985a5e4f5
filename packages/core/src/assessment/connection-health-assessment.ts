import type { ConnectionIssue } from '../issues/connection-issue.ts'

/** `unknown` is too little evidence: it is never rounded up to `healthy`. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'unknown'

/** What a person or the recycler may do about it. */
export type RecommendedAction = 'none' | 'observe' | 'probe' | 'replace'

/**
 * Why a connection is not simply healthy: an open issue of that severity, a suspicion that is being
 * looked into, or faults of its own in the last minutes.
 */
export type StatusReason = 'critical-issue' | 'warning-issue' | 'suspicion' | 'faults'

/** What the assessment rests on; `undefined` where there is too little of it to say. */
export interface AssessmentEvidence {
  /** Everything that speaks against the connection, not only what decided. */
  readonly reasons: readonly StatusReason[]
  /** Statements seen on this connection. */
  readonly attempts: number
  /** Probes that it answered. */
  readonly probes: number
  /** Faults counted against this connection, decayed with a half-life of 2 min. */
  readonly faults: number
  /** These per recent statement, 0..1. */
  readonly errorRatio: number | undefined
  /** Half and 95 % of the recent statements took no longer. */
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  /** Smallest of the latest round trips of an empty query. */
  readonly probeFloorMs: number | undefined
  /** Comparisons with runs of the same statement on other connections. */
  readonly duels: number
  /** Their mean score: 0 is like the others, above 0 is slower. */
  readonly meanScore: number | undefined
  /** Shares of what would make it a suspect: slower than the others, stalling, failing. */
  readonly shiftSuspicion: number
  readonly tailSuspicion: number
  readonly errorSuspicion: number
  readonly isBeingConfirmed: boolean
  /** Connections that it can be compared with. */
  readonly peers: number
}

/** How one connection is at an instant, and why. */
export interface ConnectionHealthAssessment {
  readonly connectionId: number
  readonly status: HealthStatus
  /** 0 (bad) to 1 (good); `undefined` while the status is `unknown`. */
  readonly score: number | undefined
  /** Open issues of this connection, copies. */
  readonly issues: readonly ConnectionIssue[]
  readonly evidence: AssessmentEvidence
  readonly recommendedActions: readonly RecommendedAction[]
  /** Monotonic ms. */
  readonly assessedAt: number
}
