import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Its backend keeps more memory for itself than its caches should need. */
export const detectResourceUsage: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.backendMemoryBytes
  const report = metrics.serverReport(now)
  if (report === undefined) return open === undefined ? undefined : 'over'
  const { backendMemoryBytes } = report
  if (backendMemoryBytes === undefined) return undefined // not asked for by every report
  const verdict = judgeLimit(backendMemoryBytes, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { backendMemoryBytes, limitBytes: limitOf(limit, verdict) }
  return { type: 'resource_usage', scope: 'connection', severity: verdict, evidence }
}
