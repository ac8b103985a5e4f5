import type { Thresholds } from '../options/threshold-options.ts'
import type { SweepVerdict } from './connection-facts.ts'
import type { ConnectionIssue } from './connection-issue.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** The pool loses connections faster than by accident: a proxy, a firewall, a crashing server. */
export function detectDisconnections(
  facts: { readonly lostLastMinute: number; readonly max: number },
  thresholds: Thresholds,
  open: ConnectionIssue | undefined,
): SweepVerdict {
  const { lostLastMinute, max } = facts
  const limit = thresholds.disconnectionsPerMinute
  const verdict = judgeLimit(lostLastMinute, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { lostLastMinute, max, limitPerMinute: limitOf(limit, verdict) }
  return { type: 'disconnections', scope: 'pool', severity: verdict, evidence }
}
