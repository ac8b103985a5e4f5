import { classifyFault } from './classify-fault.ts'

/** Errors of a live session that say themselves that the outcome is open. */
const openOutcomes: ReadonlySet<string> = new Set([
  '08007', // transaction_resolution_unknown
  '40003', // statement_completion_unknown
])

/**
 * Whether a COMMIT that failed with `error` has certainly not taken effect: the server refused it in a
 * session that goes on, or it was never sent. A session that ends with the answer may have committed
 * before: so does one that is terminated while it waits for a synchronous standby.
 */
export function hasCertainlyNotCommitted(error: unknown): boolean {
  const { sqlState, scope, endsSession, isUnsent } = classifyFault(error)
  if (isUnsent) return true
  if (sqlState === undefined || endsSession || scope === 'connection') return false
  return !openOutcomes.has(sqlState)
}
