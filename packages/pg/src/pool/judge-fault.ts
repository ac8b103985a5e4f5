import {
  type ConnectionHealthMonitor,
  type Fault,
  type Health,
  type RecycleCause,
  stalePlan,
  wrongRole,
} from '@hale/core'
import type { Connection } from './connection.ts'
import type { RoleWatch } from './role-watch.ts'

export interface FaultPorts {
  readonly monitor: ConnectionHealthMonitor
  readonly health: Health
  readonly roles: RoleWatch
}

/** Takes a fault in, and says for what the connection has to go at once, if it has to. */
export function judgeFault(
  connection: Connection,
  fault: Fault,
  { monitor, health, roles }: FaultPorts,
  now: number,
): RecycleCause | undefined {
  const { id, metrics, state, wire } = connection
  const { scope, endsSession, sqlState = 'unknown' } = fault
  if (scope === 'role' && !roles.isToBlame(wire)) return undefined
  if (wire.probing !== undefined && scope === 'statement') return undefined // it was ours
  // EXECUTE and DEALLOCATE of the application's own: pg has prepared nothing here that could be stale
  if (sqlState === '26000' && !hasPrepared(connection)) return undefined
  monitor.recordFault(metrics, fault, now)
  if (endsSession) return 'lost'
  if (state === 'opening' || state === 'closing') return undefined
  if (scope === 'role') {
    const { inHotStandby } = wire
    monitor.sight(wrongRole({ sqlState, inHotStandby, wanted: roles.wanted }), id)
    roles.doubt()
  } else if (scope === 'plan') monitor.sight(stalePlan(sqlState), id)
  else return undefined
  return health.mode === 'enforce' ? scope : undefined
}

/** Whether pg has prepared anything by name; where it does not say, it may have. */
function hasPrepared({ client }: Connection): boolean {
  const parsed = client.connection?.parsedStatements
  return parsed === undefined || Object.keys(parsed).length > 0
}
