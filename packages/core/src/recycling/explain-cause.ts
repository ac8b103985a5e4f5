import type { RecycleCause } from './recycle-cause.ts'

const words: Readonly<Record<RecycleCause, string>> = {
  lifetime: 'it had reached the end of its lifetime',
  uses: 'it had been lent as often as it may be',
  idle: 'nobody had needed it for long enough',
  memory: 'its backend held more memory than it may',
  surplus: 'it was opened to replace another, which turned out to be sound',
  operator: 'an operator asked for it',
  'pool-closed': 'the pool was closed',
  lost: 'its socket or its backend was gone',
  unresponsive: 'an empty query got no answer in time',
  latency: 'it was slower than its peers',
  stalls: 'it stalled now and then, as its peers did not',
  ageing: 'it was slower than fresh connections, as old ones are',
  faults: 'it met faults that its peers did not',
  role: 'it reached a server of the wrong role',
  plan: 'its cached plans were stale',
  busy: 'it was still running a statement at release, and cancelling did not end that',
  transaction: 'it was left in a transaction that would not roll back',
  dirty: 'the state that its holder left in the session could not be reset',
  leaked: 'it was reclaimed from a holder who most likely forgot it',
  'released-with-error': 'its holder released it with an error',
  hook: 'a hook of the application failed on it',
}

/** Why a connection was recycled, as the end of a sentence for a person. */
export function explainCause(cause: RecycleCause): string {
  return words[cause]
}
