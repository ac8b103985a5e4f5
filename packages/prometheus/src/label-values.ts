import type { FaultKind, HealthStatus, RecycleCause } from '@hale/core'

// Every value that a label can have, pool names aside: what a scrape can contain is known beforehand. The
// compiler sees to it that none is missing.

/** States of a connection, as `snapshot().counts` names them. */
export const connectionStates = [
  'opening',
  'idle',
  'leased',
  'probing',
  'cleaning',
  'closing',
] as const

export const healthStatuses: readonly HealthStatus[] = keysOf<HealthStatus>({
  healthy: true,
  degraded: true,
  unhealthy: true,
  unknown: true,
})

export const recycleCauses: readonly RecycleCause[] = keysOf<RecycleCause>({
  lifetime: true,
  uses: true,
  idle: true,
  memory: true,
  surplus: true,
  operator: true,
  'pool-closed': true,
  lost: true,
  unresponsive: true,
  latency: true,
  stalls: true,
  ageing: true,
  faults: true,
  role: true,
  plan: true,
  busy: true,
  transaction: true,
  dirty: true,
  leaked: true,
  'released-with-error': true,
  hook: true,
})

export const faultKinds: readonly FaultKind[] = keysOf<FaultKind>({
  constraint_violation: true,
  invalid_statement: true,
  invalid_data: true,
  insufficient_privilege: true,
  authentication_failed: true,
  unknown_database: true,
  deadlock: true,
  serialization_failure: true,
  lock_timeout: true,
  statement_timeout: true,
  query_timeout: true,
  query_cancelled: true,
  transaction_state: true,
  transaction_timeout: true,
  commit_unknown: true,
  connection_lost: true,
  connection_refused: true,
  connection_timeout: true,
  host_unknown: true,
  protocol_violation: true,
  session_terminated: true,
  server_unavailable: true,
  server_overloaded: true,
  server_fault: true,
  read_only_transaction: true,
  stale_plan: true,
  application_error: true,
  other: true,
})

function keysOf<Key extends string>(values: Readonly<Record<Key, true>>): readonly Key[] {
  return Object.freeze(Object.keys(values) as Key[])
}
