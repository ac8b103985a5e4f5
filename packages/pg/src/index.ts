export {
  createLogger,
  type HealthLogger,
  type LogFields,
  type LoggerOptions,
  type LogSink,
} from '@hale/core'
export type { Abortable } from './abort-signal.ts'
export { type ClientOverrides, clientConfig } from './client-config.ts'
export { type ConnectionHandle, connectionHandleOf } from './connection-handle.ts'
export {
  AcquireTimeoutError,
  type AcquireTimeoutReason,
  CommitUnknownError,
  ConnectionLostError,
  type LeaseHolder,
  PoolClosedError,
  type PoolCounts,
  ServerUnavailableError,
  TransactionAbortedError,
  WrongRoleError,
} from './errors.ts'
export { HealthAwarePool } from './health-aware-pool.ts'
export type { HealthHandler, NodeResponse } from './http/health-handler.ts'
export { livenessHandler } from './http/liveness-handler.ts'
export { readinessHandler } from './http/readiness-handler.ts'
export {
  type ReadinessHandlerOptions,
  type ReadinessHandling,
  readinessHandlerDefaults,
} from './http/readiness-handler-options.ts'
export type {
  ReadinessOverseer,
  ReadinessSource,
  ReadinessSources,
} from './http/readiness-of-all.ts'
export { type Lease, type Lender, withHealthAwareConnection } from './lease.ts'
export {
  type ManagerOptions,
  managerDefaults,
  type ReplicaFallback,
  type ReplicaPolicy,
} from './manager/manager-options.ts'
export type { ManagerOverview } from './manager/manager-overview.ts'
export type { ManagerReadiness, UnreadyReason } from './manager/manager-readiness.ts'
export { NoReplicaError, type ReplicaRefusal } from './manager/no-replica-error.ts'
export type { ManagedPoolOptions, PoolPlacement, PoolRole } from './manager/placement.ts'
export type { PoolStanding } from './manager/pool-group.ts'
export {
  HealthAwareConnectionManager,
  type MembershipChange,
  type MembershipListener,
} from './manager.ts'
export { type HealthAwarePoolOptions, poolDefaults, requirePoolOptions } from './options.ts'
export type { CallSiteMode } from './pool/call-site-sampling.ts'
export type { ConnectionState } from './pool/connection-state.ts'
export type { EngineTotals } from './pool/engine-ports.ts'
export type { Hygiene } from './pool/hygiene.ts'
export type { ServerRole } from './pool/roles.ts'
export {
  type LeakDetectionOptions,
  type OpeningOptions,
  type PoolPolicy,
  type PoolPolicyOptions,
  poolPolicyDefaults,
} from './pool-policy.ts'
export type { PoolTarget } from './pool-target.ts'
export {
  type SentinelOptions,
  type SentinelPolicy,
  sentinelDefaults,
} from './sentinel/sentinel-options.ts'
export type {
  PoolerName,
  PoolMode,
  SentinelState,
  ServerLimit,
  ServerSnapshot,
} from './server-snapshot.ts'
export type { ConnectionSnapshot, PoolSnapshot, Readiness } from './snapshot.ts'
export type { ServerAddress, TargetServerOptions, TargetSessionAttrs } from './target-server.ts'
export {
  type ClientSource,
  runTransaction,
  type TransactionOptions,
  type TransactionSteps,
  toCommitError,
  withHealthAwareTransaction,
} from './transaction.ts'
