import type {
  ConnectionHealthAssessment,
  HealthStatus,
} from './assessment/connection-health-assessment.ts'
import { type AssessmentInput, HealthClassifier } from './assessment/health-classifier.ts'
import type { Clock } from './clock.ts'
import { Detector } from './detection/detector.ts'
import type { FingerprintTable } from './detection/fingerprint-table.ts'
import type { Fault, FaultKind } from './faults/fault.ts'
import { type EventMirror, HealthEventEmitter } from './health-event-emitter.ts'
import type { ConnectionFacts } from './issues/connection-facts.ts'
import type { ConnectionIssue, IssueSighting, IssueType } from './issues/connection-issue.ts'
import { detectDisconnections } from './issues/disconnections.ts'
import { IssueLog } from './issues/issue-log.ts'
import { detectServerSlow } from './issues/server-slow.ts'
import { judgeStatistics, type TableStatistics } from './issues/stale-statistics.ts'
import { sweepDetectors } from './issues/sweep-detectors.ts'
import { ConnectionHealthMetrics } from './metrics/connection-health-metrics.ts'
import type { Operation } from './metrics/operation.ts'
import { OperationTotals } from './metrics/operation-totals.ts'
import { PoolDurations } from './metrics/pool-durations.ts'
import type { ProbeKind } from './metrics/probe-kind.ts'
import type { Health } from './options/health-options.ts'
import type { SupervisedConnection } from './supervision/pool-port.ts'

/** How long a lost connection counts, ms, and how many are remembered. */
const lossMemoryMs = 60_000
const mostLosses = 1_024

/** Issues of what a holder does with its connection: what that was helps to find the holder. */
const tellsOperation: ReadonlySet<IssueType> = new Set([
  'blocked',
  'blocking',
  'connection_leak',
  'idle_in_transaction',
  'locks_held',
  'transaction_leak',
  'unresponsive',
])

/** What a monitor is made of. */
export interface MonitorOptions {
  readonly clock: Clock
  readonly health: Health
  /** Gets every event as well. */
  readonly mirror?: EventMirror | undefined
}

interface Tracked {
  readonly metrics: ConnectionHealthMetrics
  /** `undefined` until the first assessment, which counts as a change from `unknown`. */
  latest: ConnectionHealthAssessment | undefined
}

/**
 * Watches the connections of one pool: holds their metrics, their issues and their latest
 * assessments, and publishes what changes. Acts on nothing. Memory is bounded by the number of
 * tracked connections.
 */
export class ConnectionHealthMonitor extends HealthEventEmitter {
  // Invariants: an issue of a connection is open only while the connection is tracked. State
  // changes before an event says so, so that a listener may call back in.
  /** @internal */
  readonly detector: Detector
  /** Statements by kind, as far as an adapter announces them. */
  readonly operations: OperationTotals = new OperationTotals()
  /** How long what the pool does has taken since it began, for exporters. */
  readonly durations: PoolDurations = new PoolDurations()
  readonly #clock: Clock
  readonly #health: Health
  readonly #classifier: HealthClassifier = new HealthClassifier()
  readonly #tracked = new Map<number, Tracked>()
  readonly #issues: IssueLog = new IssueLog()
  readonly #lostAt: number[] = []
  #faultsOfAll = 0
  #attemptsOfAll = 0
  #unhealthy = 0

  constructor(options: MonitorOptions) {
    super({ mirror: options.mirror })
    this.#clock = options.clock
    this.#health = options.health
    this.detector = new Detector(options.health)
  }

  /** Where statements get the numbers under which their runs are compared. */
  get fingerprints(): FingerprintTable {
    return this.detector.fingerprints
  }

  /** Monotonic ms. */
  now(): number {
    return this.#clock.now()
  }

  // recording

  /** Starts to watch a connection; gives back where to record, the same for the same id. */
  track(connectionId: number): ConnectionHealthMetrics {
    const known = this.#tracked.get(connectionId)
    if (known !== undefined) return known.metrics
    const metrics = new ConnectionHealthMetrics(this.#clock)
    metrics.duels.connectionId = connectionId
    this.#tracked.set(connectionId, { metrics, latest: undefined })
    return metrics
  }

  /** Ends watching a connection and clears its issues. */
  forget(connectionId: number): void {
    const tracked = this.#tracked.get(connectionId)
    if (tracked !== undefined) this.detector.forget(tracked.metrics.duels)
    this.#tracked.delete(connectionId)
    const at = this.#clock.now()
    for (const issue of this.#issues.clearConnection(connectionId, at))
      this.#publishCleared(issue, at)
  }

  /** A statement succeeded after `durationMs`. The hot path. */
  recordRun(
    metrics: ConnectionHealthMetrics,
    fingerprint: number,
    durationMs: number,
    now: number,
  ): void {
    metrics.recordQuery(durationMs)
    this.durations.statements.record(durationMs)
    this.detector.recordRun(metrics.duels, fingerprint, durationMs, now)
  }

  /** A statement was answered with an error, which says nothing of the connection by how long it took. */
  recordFailedRun(metrics: ConnectionHealthMetrics, kind: FaultKind, durationMs: number): void {
    metrics.recordQuery(durationMs)
    this.durations.recordFailure(kind, durationMs)
  }

  /** A statement, or the connection itself, failed. */
  recordFault(metrics: ConnectionHealthMetrics, fault: Fault, now: number): void {
    metrics.recordFault(fault, now)
    const { scope, endsSession } = fault
    const isAgainst = scope === 'connection' || scope === 'role' || scope === 'plan'
    if (isAgainst && !endsSession) this.detector.errors.recordFault(metrics.duels)
  }

  /** A probe was answered after `rttMs`. */
  recordProbe(metrics: ConnectionHealthMetrics, kind: ProbeKind, rttMs: number, now: number): void {
    metrics.recordProbe(kind, rttMs, now)
    if (kind !== 'network') return
    this.durations.probes.record(rttMs)
    this.detector.recordProbe(metrics.duels, rttMs, now)
  }

  /** A connection died under the pool. */
  recordLoss(now: number): void {
    this.#lostAt.push(now)
    if (this.#lostAt.length > mostLosses) this.#lostAt.shift()
  }

  /** A lease ended after `leasedMs`. */
  endLease(metrics: ConnectionHealthMetrics, leasedMs: number): void {
    metrics.recordLease(leasedMs)
    this.durations.leases.record(leasedMs)
    this.detector.endLease(metrics.duels)
  }

  /** `undefined` for a connection that is not tracked. */
  metricsOf(connectionId: number): ConnectionHealthMetrics | undefined {
    return this.#tracked.get(connectionId)?.metrics
  }

  // issues

  /**
   * Reports a condition that holds now: opens its issue, which publishes `issue:raised`, or brings
   * the open one up to date. The issue of a connection that is not tracked is cleared at once.
   */
  sight(sighting: IssueSighting, connectionId?: number): ConnectionIssue {
    const at = this.#clock.now()
    const operation = this.#operationOf(sighting.type, connectionId)
    const { issue, raised } = this.#issues.sight(sighting, connectionId, at, operation)
    if (raised && this.hears('issue:raised')) {
      this.publish({ type: 'issue:raised', at, issue, ...ofConnection(connectionId) })
    }
    if (connectionId !== undefined && !this.#tracked.has(connectionId)) {
      this.clear(issue.type, connectionId)
    }
    return issue
  }

  #operationOf(type: IssueType, connectionId: number | undefined): Operation | undefined {
    if (connectionId === undefined || !tellsOperation.has(type)) return undefined
    return this.#tracked.get(connectionId)?.metrics.operation.latest
  }

  /** Reports that a condition ended: publishes `issue:cleared` if its issue was open. */
  clear(type: IssueType, connectionId?: number): void {
    const at = this.#clock.now()
    const issue = this.#issues.clear(type, connectionId, at)
    if (issue !== undefined) this.#publishCleared(issue, at)
  }

  /** The open issue of a type; without a connection, that of the pool or the server. */
  issueOf(type: IssueType, connectionId?: number): ConnectionIssue | undefined {
    return this.#issues.get(type, connectionId)
  }

  /** Open issues of one connection; without an argument all of them, the pool's included. */
  openIssues(connectionId?: number): readonly ConnectionIssue[] {
    return this.#issues.open(connectionId)
  }

  /** The latest 256 cleared issues, oldest first. */
  history(): readonly ConnectionIssue[] {
    return this.#issues.history()
  }

  // assessments

  /**
   * How one connection is now. Only reads: the next sweep publishes what changed. A connection that
   * is not tracked is `unknown`.
   */
  assess(connectionId: number): ConnectionHealthAssessment {
    const tracked = this.#tracked.get(connectionId)
    const metrics = tracked?.metrics ?? new ConnectionHealthMetrics(this.#clock)
    return this.#classifier.assess(
      this.#inputOf(connectionId, metrics, tracked?.latest, this.#clock.now()),
    )
  }

  /** The assessment of the latest sweep; `undefined` before the first. */
  latest(connectionId: number): ConnectionHealthAssessment | undefined {
    return this.#tracked.get(connectionId)?.latest
  }

  /** Whether a connection was degraded or unhealthy in the latest sweep. */
  isWatched(connectionId: number): boolean {
    const status = this.latest(connectionId)?.status
    return status === 'degraded' || status === 'unhealthy'
  }

  /** Connections that were unhealthy in the latest sweep. */
  get unhealthyCount(): number {
    return this.#unhealthy
  }

  /**
   * One sweep: raises and clears what the measurements show, and assesses each connection. Publishes
   * `assessment:changed` where a status is not the one of the sweep before.
   */
  assessAll(connections: readonly SupervisedConnection[], now: number): void {
    this.#unhealthy = 0
    for (const connection of connections) {
      const tracked = this.#tracked.get(connection.id) // a listener may have made it forgotten
      if (tracked === undefined) continue
      tracked.metrics.renew(now)
      this.#detect(connection, now)
      if (this.#renew(connection.id, tracked, now) === 'unhealthy') this.#unhealthy += 1
    }
  }

  /** Raises or clears `server_slow`: `ratio` is how many times slower than usual all statements are. */
  judgeServer(slowness: { readonly ratio: number; readonly sampleRuns: number }): void {
    this.#apply('server_slow', detectServerSlow(slowness, this.issueOf('server_slow')))
  }

  /** Raises or clears `stale_statistics` by the tables that statements of this pool name. */
  judgeStatistics(tables: readonly TableStatistics[]): void {
    this.#apply('stale_statistics', judgeStatistics(tables, this.issueOf('stale_statistics')))
  }

  /** Raises or clears `disconnections`, which is about the pool as a whole. */
  judgeLosses(size: number, now: number): void {
    while ((this.#lostAt[0] ?? now) < now - lossMemoryMs) this.#lostAt.shift()
    const losses = { lostLastMinute: this.#lostAt.length, max: size }
    const open = this.issueOf('disconnections')
    this.#apply('disconnections', detectDisconnections(losses, this.#health.thresholds, open))
  }

  /** What all other connections have, decayed, as of the latest sweep. */
  othersFaults(
    metrics: ConnectionHealthMetrics,
    now: number,
  ): { readonly faults: number; readonly attempts: number } {
    const faults = Math.max(0, this.#faultsOfAll - metrics.faultsAgainst(now))
    return { faults, attempts: Math.max(0, this.#attemptsOfAll - metrics.recentAttempts(now)) }
  }

  /** Adds up what all connections have, which each of them is compared with. Before `assessAll`. */
  sumUp(connections: readonly SupervisedConnection[], now: number): void {
    this.#faultsOfAll = 0
    this.#attemptsOfAll = 0
    let worst: ConnectionHealthMetrics | undefined
    for (const { metrics } of connections) {
      this.#faultsOfAll += metrics.faultsAgainst(now)
      this.#attemptsOfAll += metrics.recentAttempts(now)
      if (worst === undefined || metrics.duels.errors > worst.duels.errors) worst = metrics
    }
    this.detector.errors.renewRatio(worst === undefined ? 0 : (this.#othersRatio(worst, now) ?? 0))
  }

  #othersRatio(metrics: ConnectionHealthMetrics, now: number): number | undefined {
    const { faults, attempts } = this.othersFaults(metrics, now)
    return attempts < 1 ? undefined : faults / attempts
  }

  #detect(connection: SupervisedConnection, now: number): void {
    const { id, metrics, supervisedState, leasedAt, transactionSince, runningSince } = connection
    const isLeased = supervisedState === 'leased'
    const transactionMs = transactionSince === undefined ? undefined : now - transactionSince
    const facts: ConnectionFacts = {
      metrics,
      now,
      leasedMs: isLeased ? now - leasedAt : undefined,
      quietMs:
        isLeased && runningSince === undefined
          ? now - Math.max(leasedAt, connection.heardAt)
          : undefined,
      holder: connection,
      transactionMs,
      idleInTransactionMs:
        transactionMs === undefined || runningSince !== undefined
          ? undefined
          : now - connection.heardAt,
      othersErrorRatio: this.#othersRatio(metrics, now),
    }
    const open = this.#issues.byType(id)
    for (const { type, detect } of sweepDetectors) {
      this.#apply(type, detect(facts, this.#health.thresholds, open?.get(type)), id)
    }
  }

  #apply(
    type: IssueType,
    verdict: IssueSighting | 'over' | undefined,
    connectionId?: number,
  ): void {
    if (verdict === undefined) return
    if (verdict === 'over') this.clear(type, connectionId)
    else this.sight(verdict, connectionId)
  }

  #renew(connectionId: number, tracked: Tracked, now: number): HealthStatus {
    const input = this.#inputOf(connectionId, tracked.metrics, tracked.latest, now)
    const from = tracked.latest?.status
    const status = this.#classifier.statusOf(input)
    if (status === from && (status === 'healthy' || status === 'unknown')) return status
    const assessment = this.#classifier.assess(input)
    tracked.latest = assessment
    if (status !== (from ?? 'unknown') && this.hears('assessment:changed')) {
      const at = assessment.assessedAt
      this.publish({
        type: 'assessment:changed',
        at,
        connectionId,
        from: from ?? 'unknown',
        assessment,
      })
    }
    return status
  }

  #inputOf(
    connectionId: number,
    metrics: ConnectionHealthMetrics,
    previous: ConnectionHealthAssessment | undefined,
    now: number,
  ): AssessmentInput {
    return {
      connectionId,
      metrics,
      issues: this.#issues.open(connectionId),
      duels: this.detector.view(metrics.duels),
      peers: Math.max(0, this.#tracked.size - 1),
      previous,
      now,
    }
  }

  #publishCleared(issue: ConnectionIssue, at: number): void {
    if (!this.hears('issue:cleared')) return
    this.publish({ type: 'issue:cleared', at, issue, ...ofConnection(issue.connectionId) })
  }
}

function ofConnection(connectionId: number | undefined): { readonly connectionId?: number } {
  return connectionId === undefined ? {} : { connectionId }
}
