import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** It waits for a lock that another backend holds. Without a report of the server it does not. */
export const detectBlocked: DetectCondition = (facts, thresholds, open) => {
  const { metrics, now, holder } = facts
  const limit = thresholds.blockedMs
  const report = metrics.serverReport(now)
  const blockedMs = report?.blockedMs ?? 0
  const verdict = judgeLimit(blockedMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const { blockedByPids = [], waitEvent, blockers = [] } = report ?? {}
  const { leasedBy } = holder
  const limitMs = limitOf(limit, verdict)
  const evidence = { blockedMs, blockedByPids, waitEvent, limitMs, leasedBy, blockers }
  return { type: 'blocked', scope: 'connection', severity: verdict, evidence }
}
