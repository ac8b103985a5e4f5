import type { ServerReport } from '../metrics/server-report.ts'
import type { Thresholds } from '../options/threshold-options.ts'
import type { DetectCondition } from './connection-facts.ts'
import type { ConnectionIssue, IssueSeverity, SightingOf } from './connection-issue.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

type Basis = 'count' | 'age'
type Verdict = ReturnType<typeof judgeLimit>

/**
 * It holds too many locks, or one for too long. The limit that raised the issue goes on speaking
 * for it until that is over, unless the other one is worse. Without a report of the server it holds
 * none.
 */
export const detectLocksHeld: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const report = metrics.serverReport(now)
  const own = basisOf(open)
  const other = own === 'count' ? 'age' : 'count'
  const ownVerdict = judge(own, report, thresholds, open?.severity)
  const otherVerdict = judge(other, report, thresholds, undefined)
  const isFree = open === undefined ? ownVerdict === undefined : ownVerdict === 'over'
  const isWorse = otherVerdict === 'critical' && ownVerdict !== 'critical'
  if (isSeverity(otherVerdict) && (isFree || isWorse)) {
    return sighting(other, otherVerdict, report, thresholds)
  }
  return isSeverity(ownVerdict) ? sighting(own, ownVerdict, report, thresholds) : ownVerdict
}

function judge(
  basis: Basis,
  report: ServerReport | undefined,
  { locksHeld, lockHeldMs }: Thresholds,
  open: IssueSeverity | undefined,
): Verdict {
  return basis === 'count'
    ? judgeLimit(report?.locksHeld ?? 0, locksHeld, open)
    : judgeLimit(report?.oldestLockMs ?? 0, lockHeldMs, open)
}

function basisOf(open: ConnectionIssue | undefined): Basis {
  return open?.type === 'locks_held' ? open.evidence.basis : 'count'
}

function isSeverity(verdict: Verdict): verdict is 'warning' | 'critical' {
  return verdict === 'warning' || verdict === 'critical'
}

function sighting(
  basis: Basis,
  severity: 'warning' | 'critical',
  report: ServerReport | undefined,
  { locksHeld: limits, lockHeldMs }: Thresholds,
): SightingOf<'locks_held'> {
  const { locksHeld, oldestLockMs = 0 } = report ?? {}
  const evidence =
    basis === 'count'
      ? ({ basis, locksHeld: locksHeld ?? 0, limit: limitOf(limits, severity) } as const)
      : ({ basis, locksHeld, oldestLockMs, limitMs: limitOf(lockHeldMs, severity) } as const)
  return { type: 'locks_held', scope: 'connection', severity, evidence }
}
