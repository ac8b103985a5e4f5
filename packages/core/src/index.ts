export type {
  AssessmentEvidence,
  ConnectionHealthAssessment,
  HealthStatus,
  RecommendedAction,
} from './assessment/connection-health-assessment.ts'
export { explain } from './assessment/explain.ts'
export { explainIssue } from './assessment/explain-issue.ts'
export { type AssessmentInput, HealthClassifier } from './assessment/health-classifier.ts'
export { count as countInWords, duration as durationInWords } from './assessment/in-words.ts'
export type { Clock } from './clock.ts'
export type { DuelView } from './detection/duel-view.ts'
export {
  type FingerprintTable,
  unknownFingerprint,
} from './detection/fingerprint-table.ts'
export { normaliseStatement } from './detection/normalise-statement.ts'
export { printable } from './detection/printable.ts'
export type { Learning } from './detection/swap-outcomes.ts'
export type { HealthErrorCode, OptionProblem } from './errors.ts'
export { BugError, HealthError, OptionsError } from './errors.ts'
export type { HealthEvent, HealthEventOf, HealthEventType } from './events.ts'
export { classifyFault } from './faults/classify-fault.ts'
export type { Fault, FaultKind, FaultScope } from './faults/fault.ts'
export { faultOfSqlState } from './faults/fault-of-sql-state.ts'
export { hasCertainlyNotCommitted } from './faults/has-certainly-not-committed.ts'
export {
  type EventMirror,
  HealthEventEmitter,
  type HealthEventMap,
  type HealthListener,
} from './health-event-emitter.ts'
export type {
  ConnectionIssue,
  IssueScope,
  IssueSeverity,
  IssueSighting,
  IssueType,
} from './issues/connection-issue.ts'
export { isForgotten } from './issues/connection-leak.ts'
export type { IssueEvidence } from './issues/issue-evidence.ts'
export { poolExhaustion } from './issues/pool-exhaustion.ts'
export { serverUnreachable } from './issues/server-unreachable.ts'
export { stalePlan } from './issues/stale-plan.ts'
export type { TableStatistics } from './issues/stale-statistics.ts'
export { transactionLeak } from './issues/transaction-leak.ts'
export { unresponsive } from './issues/unresponsive.ts'
export { wrongRole } from './issues/wrong-role.ts'
export { createLogger, type HealthLogger } from './logging/create-logger.ts'
export type { LogFields, LogSink } from './logging/log-sink.ts'
export type { LoggerOptions } from './logging/logger-options.ts'
export type { BackendView } from './metrics/backend-view.ts'
export { ConnectionHealthMetrics } from './metrics/connection-health-metrics.ts'
export { type DurationCounts, durationBoundsMs } from './metrics/duration-histogram.ts'
export type { MetricsSnapshot } from './metrics/metrics-snapshot.ts'
export type { Operation, OperationReader } from './metrics/operation.ts'
export type { OperationCounts } from './metrics/operation-totals.ts'
export type { PoolCounts } from './metrics/pool-counts.ts'
export type { PoolDurationsSnapshot } from './metrics/pool-durations.ts'
export type { ProbeKind } from './metrics/probe-kind.ts'
export { copyServerReport, type ServerReport } from './metrics/server-report.ts'
export { ConnectionHealthMonitor, type MonitorOptions } from './monitor.ts'
export {
  type Health,
  type HealthMode,
  type HealthOptions,
  healthDefaults,
  type Latency,
  type LatencyOptions,
  resolveHealthOptions,
} from './options/health-options.ts'
export { isPlainObject } from './options/is-plain-object.ts'
export { OptionProblems } from './options/option-problems.ts'
export { type NumberRange, OptionReader } from './options/option-reader.ts'
export type { ThresholdOptions, Thresholds } from './options/threshold-options.ts'
export {
  ConnectionRecycler,
  type ConnectionView,
  type HeldBack,
  type PoolView,
  type RecycleCounts,
  type Verdict,
} from './recycling/connection-recycler.ts'
export { explainCause } from './recycling/explain-cause.ts'
export type { Flaps } from './recycling/flap-guard.ts'
export type { EvictCause, RecycleCause, RetireCause } from './recycling/recycle-cause.ts'
export {
  type Recycling,
  type RecyclingOptions,
  recyclingDefaults,
  resolveRecyclingOptions,
} from './recycling/recycling-options.ts'
export type {
  LostBecause,
  PairCallback,
  PoolPort,
  ProbePair,
  ServerAnswer,
  ServerAnswerCallback,
  SupervisedConnection,
  SupervisedState,
} from './supervision/pool-port.ts'
export { isServerSilent } from './supervision/server-silence.ts'
export { ConnectionSupervisor, type SupervisorOptions } from './supervision/supervisor.ts'
export {
  defaultPoolName,
  type Watch,
  type WatchedManager,
  type WatchedPools,
  watchPools,
} from './watching/watch-pools.ts'
export type { WatchedPool, WatchedSnapshot } from './watching/watched-pool.ts'
