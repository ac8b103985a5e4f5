import type { ConnectionHealthMetrics } from '../metrics/connection-health-metrics.ts'
import { minRatioAttempts } from '../metrics/event-counts.ts'
import type { DetectCondition } from './connection-facts.ts'
import type { ConnectionIssue, IssueSeverity, SightingOf } from './connection-issue.ts'
import type { IssueEvidence } from './issue-evidence.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'
import { lowerRatio, posteriorRatio } from './ratio-posterior.ts'

/** Three faults, of which the decay has taken no more than in half a minute. */
export const minEvents = 2.5

type ErrorRateEvidence = IssueEvidence['error_rate']

/**
 * It has more faults of its own than the others have, as the error channel found; `undefined` below
 * 32 recent statements and 3 faults. `othersRatio` is `undefined` where there are no others.
 */
export function errorRate(
  metrics: ConnectionHealthMetrics,
  othersRatio: number | undefined,
  now: number,
): SightingOf<'error_rate'> | undefined {
  if (!hasEvidence(metrics, now)) return undefined
  return sighting('critical', evidenceOf(metrics, othersRatio, now, { basis: 'channel' }))
}

/**
 * Its share of faults reaches a static limit, for certain rather than by chance. Leaves alone what
 * the error channel found. An open issue ends with its evidence: faults decay.
 */
export const detectErrorRate: DetectCondition = (facts, thresholds, open) => {
  const { metrics, now, othersErrorRatio } = facts
  if (open === undefined ? !hasEvidence(metrics, now) : !isByLimit(open)) return undefined
  const limit = thresholds.errorRatio
  const lower = lowerRatio(
    metrics.faultsAgainst(now),
    metrics.recentAttempts(now),
    othersErrorRatio,
  )
  const verdict = judgeLimit(lower, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const reached = { basis: 'limit', limitRatio: limitOf(limit, verdict) } as const
  return sighting(verdict, evidenceOf(metrics, othersErrorRatio, now, reached))
}

function hasEvidence(metrics: ConnectionHealthMetrics, now: number): boolean {
  return metrics.recentAttempts(now) >= minRatioAttempts && metrics.faultsAgainst(now) >= minEvents
}

function isByLimit(issue: ConnectionIssue): boolean {
  return issue.type === 'error_rate' && issue.evidence.basis === 'limit'
}

function evidenceOf(
  metrics: ConnectionHealthMetrics,
  othersRatio: number | undefined,
  now: number,
  { basis, limitRatio }: { basis: ErrorRateEvidence['basis']; limitRatio?: number },
): ErrorRateEvidence {
  const faults = metrics.faultsAgainst(now)
  const attempts = metrics.recentAttempts(now)
  return {
    basis,
    faults,
    attempts,
    ratio: posteriorRatio(faults, attempts, othersRatio),
    lowerRatio: lowerRatio(faults, attempts, othersRatio),
    othersRatio,
    limitRatio,
  }
}

function sighting(severity: IssueSeverity, evidence: ErrorRateEvidence): SightingOf<'error_rate'> {
  return { type: 'error_rate', scope: 'connection', severity, evidence }
}
