export type {
  AssessmentEvidence,
  ConnectionHealthAssessment,
  HealthStatus,
  RecommendedAction,
} from './assessment/connection-health-assessment.ts'
export { explain } from './assessment/explain.ts'
export { type AssessmentInput, HealthClassifier } from './assessment/health-classifier.ts'
export { noPeers, type PeerBaseline, PeerBaselines } from './assessment/peer-baseline.ts'
export type { Clock } from './clock.ts'
export type { HealthErrorCode, OptionProblem } from './errors.ts'
export { BugError, HealthError, OptionsError } from './errors.ts'
export type { HealthEvent, HealthEventOf, HealthEventType } from './events.ts'
export { classifyFault } from './faults/classify-fault.ts'
export type { Fault, FaultKind, FaultScope } from './faults/fault.ts'
export { faultOfSqlState } from './faults/fault-of-sql-state.ts'
export { isFatalSeverity } from './faults/severities.ts'
export {
  type EventMirror,
  HealthEventEmitter,
  type HealthEventMap,
  type HealthListener,
} from './health-event-emitter.ts'
export type {
  ConnectionIssue,
  GenericEvidence,
  IssueEvidence,
  IssueScope,
  IssueSeverity,
  IssueSighting,
  IssueType,
} from './issues/connection-issue.ts'
export { detectHighLatency, isLatencySuspect, type LatencyView } from './issues/high-latency.ts'
export { IssueLog, type Sighted } from './issues/issue-log.ts'
export {
  ConnectionHealthMetrics,
  type FaultCounts,
  type MetricsSnapshot,
} from './metrics/connection-health-metrics.ts'
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
export { OptionProblems } from './options/option-problems.ts'
export { type NumberRange, OptionReader } from './options/option-reader.ts'
export {
  ConnectionRecycler,
  type ConnectionView,
  type PoolView,
  type RecycleCounts,
  type Verdict,
} from './recycling/connection-recycler.ts'
export type { EvictCause, RecycleCause, RetireCause } from './recycling/recycle-cause.ts'
export {
  type Recycling,
  type RecyclingOptions,
  recyclingDefaults,
  resolveRecyclingOptions,
} from './recycling/recycling-options.ts'
