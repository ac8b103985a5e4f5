import type { DetectCondition } from './connection-facts.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** A holder that sent something within this share of the limit has not forgotten its connection. */
const quietRatio = 0.1

/**
 * Whether a connection that was lent `leasedMs` ago, and over which its holder has sent nothing for
 * `quietMs`, counts as forgotten.
 */
export function isForgotten(leasedMs: number, quietMs: number, limitMs: number): boolean {
  return leasedMs >= limitMs && quietMs >= limitMs * quietRatio
}

/** It was lent for so long that its holder has most likely forgotten it. */
export const detectConnectionLeak: DetectCondition = (facts, thresholds, open) => {
  const limit = thresholds.leasedMs
  const { leasedMs = 0, quietMs = 0, transactionMs, holder } = facts
  const leastLimitMs = limit.warning === false ? limit.critical : limit.warning
  const isExcused =
    holder.isListening || (leastLimitMs !== false && !isForgotten(leasedMs, quietMs, leastLimitMs))
  const verdict = judgeLimit(isExcused ? 0 : leasedMs, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const limitMs = limitOf(limit, verdict)
  const evidence = { leasedMs, transactionMs, limitMs, leasedBy: holder.leasedBy }
  return { type: 'connection_leak', scope: 'connection', severity: verdict, evidence }
}
