import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Its holder leaves a transaction open and asks for nothing, while locks and old rows are kept. */
export const detectIdleInTransaction: DetectCondition = (facts, thresholds, open) => {
  const limit = thresholds.idleInTransactionMs
  const { metrics, now, transactionMs, idleInTransactionMs: idleMs = 0 } = facts
  const verdict = judgeLimit(idleMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const xminAge = metrics.serverReport(now)?.xminAge
  const evidence = { idleMs, transactionMs, limitMs: limitOf(limit, verdict), xminAge }
  return { type: 'idle_in_transaction', scope: 'connection', severity: verdict, evidence }
}
