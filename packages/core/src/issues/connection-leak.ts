import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** It was lent for so long that its holder has most likely forgotten it. */
export const detectConnectionLeak: DetectCondition = (facts, thresholds, open) => {
  const limit = thresholds.leasedMs
  const { leasedMs = 0, transactionMs } = facts
  const verdict = judgeLimit(leasedMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { leasedMs, transactionMs, limitMs: limitOf(limit, verdict) }
  return { type: 'connection_leak', scope: 'connection', severity: verdict, evidence }
}
