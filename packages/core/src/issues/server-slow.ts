import type { Limit } from '../options/threshold-options.ts'
import type { SweepVerdict } from './connection-facts.ts'
import type { ConnectionIssue } from './connection-issue.ts'
import { judgeLimit, limitOf } from './judge-limit.ts'

/** Times slower than the pool's own long-run level. */
const slowRatios: Limit = Object.freeze({
  warning: 2, // a busy hour stays below, a missing index or a full disk does not
  critical: 5, // callers that are used to wait 200 ms wait a second, and queues build up
})
/** With costs over orders of magnitude, fewer statements measure which of them happened to run. */
const minRuns = 200

/**
 * All connections together are slower than usual, so none of them is to blame. `ratio` is 1 when
 * all is as usual.
 */
export function detectServerSlow(
  { ratio, sampleRuns }: { readonly ratio: number; readonly sampleRuns: number },
  open: ConnectionIssue | undefined,
): SweepVerdict {
  if (sampleRuns < minRuns) return undefined
  const verdict = judgeLimit(ratio, slowRatios, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { ratio, sampleRuns, limitRatio: limitOf(slowRatios, verdict) }
  return { type: 'server_slow', scope: 'server', severity: verdict, evidence }
}
