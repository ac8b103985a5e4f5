import type { ConnectionIssue } from '../issues/connection-issue.ts'
import {
  type ConnectionHealthMetrics,
  minProbes,
  minQueries,
} from '../metrics/connection-health-metrics.ts'
import type {
  ConnectionHealthAssessment,
  HealthStatus,
  RecommendedAction,
} from './connection-health-assessment.ts'
import type { PeerBaseline } from './peer-baseline.ts'

/**
 * Decayed faults against the connection that degrade it: two at once, or three within 2 min or so.
 */
const degradedFaults = 2
/** Below this a degraded connection is healthy again: a minute or two without a fault. */
const recoveredFaults = 1
/** What a warning leaves of the score. */
const warningFactor = 0.7
/** Faults that halve the score. */
const halvingFaults = 4

/** What an assessment is made from. */
export interface AssessmentInput {
  readonly connectionId: number
  readonly metrics: ConnectionHealthMetrics
  /** Open issues of this connection. */
  readonly issues: readonly ConnectionIssue[]
  readonly peers: PeerBaseline
  /** The assessment before this one, for hysteresis; `undefined` for the first. */
  readonly previous: ConnectionHealthAssessment | undefined
  /** Monotonic ms. */
  readonly now: number
}

/**
 * Says how a connection is. Pure: the same input gives the same assessment.
 *
 * - `unhealthy`: an open critical issue. One is enough, whatever the rest looks like.
 * - `degraded`: an open warning, or 2 faults against the connection (decayed, half-life 2 min); a
 *   connection degraded by faults stays so until they have decayed below 1.
 * - `unknown`: neither, and fewer than 8 statements and fewer than 3 probes.
 * - `healthy`: the rest.
 *
 * The score is 0 when unhealthy, else 0.7 per warning, times 1 / (1 + faults / 4). Issues of
 * severity `info` are shown and change nothing.
 */
export class HealthClassifier {
  assess(input: AssessmentInput): ConnectionHealthAssessment {
    const { connectionId, metrics, peers, now } = input
    const faults = metrics.faultsAgainst(now)
    const status = statusOf(input, faults)
    return Object.freeze({
      connectionId,
      status,
      score: scoreOf(status, input.issues, faults),
      issues: Object.freeze([...input.issues]),
      evidence: Object.freeze({
        attempts: metrics.attempts,
        faults,
        probeFloorMs: metrics.probeFloorMs(),
        queryFloorMs: metrics.queryFloorMs(),
        peersProbeFloorMs: peers.probeFloorMs,
        peersQueryFloorMs: peers.queryFloorMs,
        peers: peers.peers,
      }),
      recommendedActions: actionsFor(status, faults),
      assessedAt: now,
    })
  }
}

function statusOf(input: AssessmentInput, faults: number): HealthStatus {
  const { issues, metrics, previous } = input
  if (issues.some((issue) => issue.severity === 'critical')) return 'unhealthy'
  if (issues.some((issue) => issue.severity === 'warning')) return 'degraded'
  const limit = isDegradedByFaults(previous) ? recoveredFaults : degradedFaults
  if (faults >= limit) return 'degraded'
  if (metrics.attempts < minQueries && metrics.probes < minProbes) return 'unknown'
  return 'healthy'
}

function isDegradedByFaults(previous: ConnectionHealthAssessment | undefined): boolean {
  return previous?.status === 'degraded' && previous.evidence.faults >= recoveredFaults
}

function scoreOf(
  status: HealthStatus,
  issues: readonly ConnectionIssue[],
  faults: number,
): number | undefined {
  if (status === 'unknown') return undefined
  if (status === 'unhealthy') return 0
  const warnings = issues.filter((issue) => issue.severity === 'warning').length
  return warningFactor ** warnings / (1 + faults / halvingFaults)
}

function actionsFor(status: HealthStatus, faults: number): readonly RecommendedAction[] {
  switch (status) {
    case 'unhealthy':
      return ['replace']
    case 'degraded': // a probe can tell whether faults go on; it says nothing about a warning
      return [faults >= recoveredFaults ? 'probe' : 'observe']
    case 'unknown':
      return ['probe']
    case 'healthy':
      return ['none']
    default:
      return status satisfies never
  }
}
