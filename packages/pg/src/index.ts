export {
  AcquireTimeoutError,
  type AcquireTimeoutReason,
  ConnectionLostError,
  PoolClosedError,
  type PoolCounts,
} from './errors.ts'
export { HealthAwarePool } from './health-aware-pool.ts'
export { type Lease, type Lender, withHealthAwareConnection } from './lease.ts'
export { HealthAwareConnectionManager } from './manager.ts'
export { type HealthAwarePoolOptions, poolDefaults } from './options.ts'
export type { ConnectionState } from './pool/connection-state.ts'
export type { EngineTotals } from './pool/engine-ports.ts'
export type {
  ConnectionSnapshot,
  PoolSnapshot,
  Readiness,
  ServerSnapshot,
} from './snapshot.ts'
