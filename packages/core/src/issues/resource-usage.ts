import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/**
 * Its backend keeps more memory for itself than its caches should need. Memory that has not been
 * told of for 10 min speaks for nothing. Temporary files are no part of it: they go with their
 * statement, and a fresh connection would write them again.
 */
export const detectResourceUsage: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.backendMemoryBytes
  const { backendMemoryBytes } = metrics.serverReport(now) ?? {}
  if (backendMemoryBytes === undefined) return open === undefined ? undefined : 'over'
  const verdict = judgeLimit(backendMemoryBytes, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { backendMemoryBytes, limitBytes: limitOf(limit, verdict) }
  return { type: 'resource_usage', scope: 'connection', severity: verdict, evidence }
}
