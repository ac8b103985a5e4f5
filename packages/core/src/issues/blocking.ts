import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Others wait for what its transaction holds. Without a report of the server nobody does. */
export const detectBlocking: DetectCondition = (facts, thresholds, open) => {
  const { metrics, now, holder } = facts
  const limit = thresholds.blockingMs
  const report = metrics.serverReport(now)
  const blockingMs = report?.blockingMs ?? 0
  const verdict = judgeLimit(blockingMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const { blocksCount, waiters = [] } = report ?? {}
  const { leasedBy } = holder
  const evidence = { blocksCount, blockingMs, limitMs: limitOf(limit, verdict), leasedBy, waiters }
  return { type: 'blocking', scope: 'connection', severity: verdict, evidence }
}
