import type { SightingOf } from './connection-issue.ts'

/** A connection came back inside a transaction that its holder left open. */
export function transactionLeak(
  status: 'T' | 'E',
  leasedMs: number,
  leasedBy: string | undefined,
): SightingOf<'transaction_leak'> {
  const evidence = { status, leasedMs, leasedBy }
  return { type: 'transaction_leak', scope: 'connection', severity: 'warning', evidence }
}
