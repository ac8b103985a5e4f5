export {
  createFakeClock,
  type FakeClock,
  type FakeTimerHandle,
  type TimerHandle,
  type TimeSource,
} from './fake-clock.ts'
export { isPgBouncerInstalled, whyNoPgBouncer } from './pgbouncer/locate-pgbouncer.ts'
export {
  type PgBouncerPoolMode,
  type StartPgBouncerOptions,
  startPgBouncer,
  type TestPgBouncer,
} from './pgbouncer/start-pgbouncer.ts'
export { type CheckedPool, endPools, leaseEverySlot, untilLost } from './pool-checks.ts'
export type { StopMode } from './postgres/host-protocol.ts'
export { isPostgresInstalled } from './postgres/locate-binaries.ts'
export { PostgresUnavailableError } from './postgres/postgres-unavailable-error.ts'
export { type PostgresVersion, postgresVersions } from './postgres/postgres-versions.ts'
export {
  type StartPostgresOptions,
  startPostgres,
  type TestPostgres,
} from './postgres/start-postgres.ts'
export { startStandby, type TestStandby } from './postgres/start-standby.ts'
export { type SuspendedProcess, suspendProcess } from './postgres/suspend-process.ts'
export { type AdminSession, terminateBackend } from './postgres/terminate-backend.ts'
export type { FaultLink } from './proxy/fault-link.ts'
export {
  createFaultProxy,
  type FaultProxy,
  type FaultProxyCounters,
  type FaultProxyOptions,
  type ProxyUpstream,
} from './proxy/fault-proxy.ts'
export type { AllLinkFaults, Direction, LinkFaults } from './proxy/link-faults.ts'
export type { StatementCounts } from './proxy/protocol-tap.ts'
export { createSeededRandom } from './seeded-random.ts'
export { type Truthy, type WaitForOptions, waitFor } from './wait-for.ts'
