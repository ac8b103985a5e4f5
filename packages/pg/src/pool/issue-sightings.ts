import type { FaultKind, IssueSighting } from '@hale/core'
import type { PoolCounts } from '../errors.ts'

/** Callers gave up waiting while every connection was in use. */
export function poolExhaustion({ waiting, leased, max }: PoolCounts): IssueSighting {
  const evidence = { waiting, leased, max }
  return { type: 'pool_exhaustion', scope: 'pool', severity: 'warning', evidence }
}

/** The server takes no connections for now. */
export function serverUnreachable(failures: number, lastError: FaultKind): IssueSighting {
  const evidence = { failures, lastError }
  return { type: 'server_unreachable', scope: 'server', severity: 'warning', evidence }
}

/** A connection came back inside a transaction that its holder left open. */
export function transactionLeak(status: 'T' | 'E', leasedMs: number): IssueSighting {
  const evidence = { status, leasedMs }
  return { type: 'transaction_leak', scope: 'connection', severity: 'warning', evidence }
}

/** An empty query got no answer. */
export function unresponsive(waitedMs: number, during: 'verify' | 'probe'): IssueSighting {
  const evidence = { waitedMs, during }
  return { type: 'unresponsive', scope: 'connection', severity: 'critical', evidence }
}

/** A write was refused because the server at the other end is read-only. */
export function wrongRole(sqlState: string, inHotStandby: boolean | undefined): IssueSighting {
  const evidence = { sqlState, inHotStandby }
  return { type: 'wrong_role', scope: 'connection', severity: 'critical', evidence }
}
