import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** It waits for a lock that another backend holds. Without a report of the server it does not. */
export const detectBlocked: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.blockedMs
  const report = metrics.serverReport(now)
  const blockedMs = report?.blockedMs ?? 0
  const verdict = judgeLimit(blockedMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const { blockedByPids = [], waitEvent } = report ?? {}
  const evidence = { blockedMs, blockedByPids, waitEvent, limitMs: limitOf(limit, verdict) }
  return { type: 'blocked', scope: 'connection', severity: verdict, evidence }
}
