import {
  type ConnectionHealthMonitor,
  type Fault,
  type Health,
  type RecycleCause,
  stalePlan,
  wrongRole,
} from '@hale/core'
import type { Connection } from './connection.ts'

/** Takes a fault in, and says for what the connection has to go at once, if it has to. */
export function judgeFault(
  connection: Connection,
  fault: Fault,
  { monitor, health }: { readonly monitor: ConnectionHealthMonitor; readonly health: Health },
  now: number,
): RecycleCause | undefined {
  const { id, metrics, state } = connection
  const { inHotStandby, readOnlyByDefault } = connection.wire
  const { scope, endsSession, sqlState = 'unknown' } = fault
  // a transaction that asked to be read-only gets the same error from a primary
  if (scope === 'role' && inHotStandby === false && readOnlyByDefault === false) return undefined
  monitor.recordFault(metrics, fault, now)
  if (endsSession) return 'lost'
  if (state === 'opening' || state === 'closing') return undefined
  if (scope === 'role') monitor.sight(wrongRole({ sqlState, inHotStandby, wanted: 'any' }), id)
  else if (scope === 'plan') monitor.sight(stalePlan(sqlState), id)
  else return undefined
  return health.mode === 'enforce' ? scope : undefined
}
