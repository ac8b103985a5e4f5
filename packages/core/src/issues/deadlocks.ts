import { perMinute } from '../metrics/event-counts.ts'
import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Its transactions are chosen as victims of deadlocks again and again. */
export const detectDeadlocks: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.deadlocksPerMinute
  const deadlocks = metrics.recent('deadlock', now)
  const rate = perMinute(deadlocks)
  const verdict = judgeLimit(rate, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { deadlocks, perMinute: rate, limitPerMinute: limitOf(limit, verdict) }
  return { type: 'deadlocks', scope: 'connection', severity: verdict, evidence }
}
