import { minRatioAttempts } from '../metrics/event-counts.ts'
import type { DetectCondition } from './connection-facts.ts'
import { minEvents } from './error-rate.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'
import { lowerRatio, posteriorRatio } from './ratio-posterior.ts'

/** Too many of its statements run into a timeout, for certain rather than by chance. */
export const detectTimeouts: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.timeoutRatio
  const timeouts = metrics.recent('timeout', now)
  const attempts = metrics.recentAttempts(now)
  if (open === undefined && (attempts < minRatioAttempts || timeouts < minEvents)) return undefined
  const lower = lowerRatio(timeouts, attempts, undefined)
  const verdict = judgeLimit(lower, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = {
    timeouts,
    attempts,
    ratio: posteriorRatio(timeouts, attempts, undefined),
    lowerRatio: lower,
    limitRatio: limitOf(limit, verdict),
  }
  return { type: 'timeouts', scope: 'connection', severity: verdict, evidence }
}
