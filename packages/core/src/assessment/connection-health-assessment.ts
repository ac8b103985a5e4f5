import type { ConnectionIssue } from '../issues/connection-issue.ts'

/** `unknown` is too little evidence: it is never rounded up to `healthy`. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'unknown'

/** What a person or the recycler may do about it. */
export type RecommendedAction = 'none' | 'observe' | 'probe' | 'replace'

/** The numbers that mattered, each `undefined` where there is too little of it to say. */
export interface AssessmentEvidence {
  /** Statements seen on this connection. */
  readonly attempts: number
  /** Faults counted against this connection, decayed over minutes. */
  readonly faults: number
  /** Smallest of the latest probe round trips, in ms. */
  readonly probeFloorMs: number | undefined
  /** Smallest of the latest statement times, in ms. */
  readonly queryFloorMs: number | undefined
  /** Median probe floor of the peers, in ms. */
  readonly peersProbeFloorMs: number | undefined
  /** Median statement floor of the peers, in ms. */
  readonly peersQueryFloorMs: number | undefined
  /** Peers with enough evidence to be compared with. */
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
