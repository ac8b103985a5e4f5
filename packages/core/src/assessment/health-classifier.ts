import type { DuelView } from '../detection/duel-view.ts'
import type { ConnectionIssue, IssueSeverity } from '../issues/connection-issue.ts'
import { type ConnectionHealthMetrics, minQueries } from '../metrics/connection-health-metrics.ts'
import { minProbes } from '../metrics/probe-record.ts'
import type {
  AssessmentEvidence,
  ConnectionHealthAssessment,
  HealthStatus,
  StatusReason,
} from './connection-health-assessment.ts'
import { recommendedActions } from './recommended-actions.ts'

/**
 * Decayed faults against the connection that degrade it: two at once, or three within 2 min or so.
 */
const degradedFaults = 2
/** Below this a connection degraded by faults has recovered: a minute or two without a fault. */
const recoveredFaults = 1
/** A suspect, and below what a connection degraded by suspicion is one no more. */
const degradedSuspicion = 1
const recoveredSuspicion = 0.5
/** A hundred times what makes a suspect says no more than twice. */
const highestSuspicion = 100
/** What a warning leaves of the score, and what a full suspicion does. */
const warningFactor = 0.7
const suspicionFactor = 0.7
/** Faults that halve the score. */
const halvingFaults = 4

/** What an assessment is made from. */
export interface AssessmentInput {
  readonly connectionId: number
  readonly metrics: ConnectionHealthMetrics
  /** Open issues of this connection. */
  readonly issues: readonly ConnectionIssue[]
  readonly duels: DuelView
  /** Connections that it can be compared with. */
  readonly peers: number
  /** The assessment before this one, for hysteresis; `undefined` for the first. */
  readonly previous: ConnectionHealthAssessment | undefined
  /** Monotonic ms. */
  readonly now: number
}

/**
 * Says how a connection is. Pure: the same input gives the same assessment.
 *
 * - `unhealthy`: an open critical issue. One is enough, whatever the rest looks like.
 * - `degraded`: an open warning; or a suspicion of any channel at 1, or its confirmation, until all
 *   suspicions are below 0.5; or 2 faults against the connection (decayed, half-life 2 min), until
 *   they are below 1.
 * - `unknown`: none of these, and fewer than 8 statements and fewer than 3 probes.
 * - `healthy`: the rest.
 *
 * The score is 0 when unhealthy, else 0.7 per warning, times 1 / (1 + faults / 4), times what the
 * strongest suspicion leaves, 0.7 at 1. Issues of severity `info` are shown and change nothing.
 */
export class HealthClassifier {
  /** The status alone. Allocates nothing: a sweep asks for every connection. */
  statusOf(input: AssessmentInput): HealthStatus {
    const { issues, metrics } = input
    if (countOf(issues, 'critical') > 0) return 'unhealthy'
    if (countOf(issues, 'warning') > 0 || isSuspect(input) || isFailing(input)) return 'degraded'
    if (metrics.attempts < minQueries && metrics.probes < minProbes) return 'unknown'
    return 'healthy'
  }

  /** The whole, frozen. */
  assess(input: AssessmentInput): ConnectionHealthAssessment {
    const { connectionId, issues, now } = input
    const status = this.statusOf(input)
    const evidence = evidenceOf(input)
    return Object.freeze({
      connectionId,
      status,
      score: scoreOf(status, input),
      issues: Object.freeze([...issues]),
      evidence,
      recommendedActions: recommendedActions(status, issues, evidence.reasons),
      assessedAt: now,
    })
  }
}

function countOf(issues: readonly ConnectionIssue[], severity: IssueSeverity): number {
  let count = 0
  for (let index = 0; index < issues.length; index++) {
    if (issues[index]?.severity === severity) count += 1
  }
  return count
}

function isSuspect({ duels, previous }: AssessmentInput): boolean {
  const limit = had(previous, 'suspicion') ? recoveredSuspicion : degradedSuspicion
  return duels.isBeingConfirmed || strongestSuspicion(duels) >= limit
}

function isFailing({ metrics, previous, now }: AssessmentInput): boolean {
  const limit = had(previous, 'faults') ? recoveredFaults : degradedFaults
  return metrics.faultsAgainst(now) >= limit
}

function had(previous: ConnectionHealthAssessment | undefined, reason: StatusReason): boolean {
  return previous?.evidence.reasons.includes(reason) === true
}

function strongestSuspicion({ shiftSuspicion, tailSuspicion, errorSuspicion }: DuelView): number {
  return Math.max(bounded(shiftSuspicion), bounded(tailSuspicion), bounded(errorSuspicion))
}

/** A suspicion that JSON can hold: one that is no number is none. */
function bounded(suspicion: number): number {
  return suspicion > 0 ? Math.min(suspicion, highestSuspicion) : 0
}

function reasonsOf(input: AssessmentInput): readonly StatusReason[] {
  const reasons: StatusReason[] = []
  if (countOf(input.issues, 'critical') > 0) reasons.push('critical-issue')
  if (countOf(input.issues, 'warning') > 0) reasons.push('warning-issue')
  if (isSuspect(input)) reasons.push('suspicion')
  if (isFailing(input)) reasons.push('faults')
  return Object.freeze(reasons)
}

function evidenceOf(input: AssessmentInput): AssessmentEvidence {
  const { metrics, duels, peers, now } = input
  return Object.freeze({
    reasons: reasonsOf(input),
    attempts: metrics.attempts,
    probes: metrics.probes,
    faults: metrics.faultsAgainst(now),
    errorRatio: metrics.errorRatio(now),
    p50Ms: metrics.quantileMs(0.5, now),
    p95Ms: metrics.quantileMs(0.95, now),
    probeFloorMs: metrics.probeFloorMs(now),
    duels: duels.duels,
    meanScore: duels.meanScore,
    shiftSuspicion: bounded(duels.shiftSuspicion),
    tailSuspicion: bounded(duels.tailSuspicion),
    errorSuspicion: bounded(duels.errorSuspicion),
    isBeingConfirmed: duels.isBeingConfirmed,
    peers,
  })
}

function scoreOf(status: HealthStatus, input: AssessmentInput): number | undefined {
  if (status === 'unknown') return undefined
  if (status === 'unhealthy') return 0
  const { issues, metrics, duels, now } = input
  const suspicion = duels.isBeingConfirmed ? 1 : Math.min(1, strongestSuspicion(duels))
  const warnings = warningFactor ** countOf(issues, 'warning')
  const faults = 1 / (1 + metrics.faultsAgainst(now) / halvingFaults)
  return warnings * faults * (1 - (1 - suspicionFactor) * suspicion)
}
