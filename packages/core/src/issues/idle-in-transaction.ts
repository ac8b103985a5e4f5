import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Its holder leaves a transaction open and asks for nothing, while locks and old rows are kept. */
export const detectIdleInTransaction: DetectCondition = (facts, thresholds, open) => {
  const limit = thresholds.idleInTransactionMs
  const { transactionMs, idleInTransactionMs: idleMs = 0 } = facts
  const verdict = judgeLimit(idleMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { idleMs, transactionMs, limitMs: limitOf(limit, verdict) }
  return { type: 'idle_in_transaction', scope: 'connection', severity: verdict, evidence }
}
