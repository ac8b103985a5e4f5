import type { ConnectionHealthAssessment } from './assessment/connection-health-assessment.ts'
import { HealthClassifier } from './assessment/health-classifier.ts'
import { PeerBaselines } from './assessment/peer-baseline.ts'
import type { Clock } from './clock.ts'
import { type EventMirror, HealthEventEmitter } from './health-event-emitter.ts'
import type { ConnectionIssue, IssueSighting, IssueType } from './issues/connection-issue.ts'
import { isLatencySuspect } from './issues/high-latency.ts'
import { IssueLog } from './issues/issue-log.ts'
import { judgeLatency } from './issues/judge-latency.ts'
import { ConnectionHealthMetrics } from './metrics/connection-health-metrics.ts'
import type { Health } from './options/health-options.ts'

/**
 * Connections per sweep that are probed only so that a suspect has somebody to be compared with.
 */
const maxReferences = 5

/** What a monitor is made of. */
export interface MonitorOptions {
  readonly clock: Clock
  readonly health: Health
  /** Gets every event as well. */
  readonly mirror?: EventMirror | undefined
  /** Replaces the rules that turn metrics and issues into a status. */
  readonly classifier?: Pick<HealthClassifier, 'assess'> | undefined
}

interface Tracked {
  readonly metrics: ConnectionHealthMetrics
  suspect: boolean
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
  readonly #clock: Clock
  readonly #health: Health
  readonly #classifier: Pick<HealthClassifier, 'assess'>
  readonly #tracked = new Map<number, Tracked>()
  readonly #issues: IssueLog = new IssueLog()
  #baselines: PeerBaselines = new PeerBaselines(new Map())
  #references = 0

  constructor(options: MonitorOptions) {
    super({ mirror: options.mirror })
    this.#clock = options.clock
    this.#health = options.health
    this.#classifier = options.classifier ?? new HealthClassifier()
  }

  /** Starts to watch a connection; gives back where to record, the same for the same id. */
  track(connectionId: number): ConnectionHealthMetrics {
    const known = this.#tracked.get(connectionId)
    if (known !== undefined) return known.metrics
    const metrics = new ConnectionHealthMetrics(this.#clock)
    this.#tracked.set(connectionId, { metrics, suspect: false, latest: undefined })
    return metrics
  }

  /** Ends watching a connection and clears its issues. */
  forget(connectionId: number): void {
    this.#tracked.delete(connectionId)
    const at = this.#clock.now()
    for (const issue of this.#issues.clearConnection(connectionId, at))
      this.#publishCleared(issue, at)
  }

  /** `undefined` for a connection that is not tracked. */
  metricsOf(connectionId: number): ConnectionHealthMetrics | undefined {
    return this.#tracked.get(connectionId)?.metrics
  }

  /**
   * Reports a condition that holds now: opens its issue, which publishes `issue:raised`, or brings
   * the open one up to date. The issue of a connection that is not tracked is cleared at once.
   */
  sight(sighting: IssueSighting, connectionId?: number): ConnectionIssue {
    const at = this.#clock.now()
    const { issue, raised } = this.#issues.sight(sighting, connectionId, at)
    if (raised && this.hears('issue:raised')) {
      this.publish({ type: 'issue:raised', at, issue, ...ofConnection(connectionId) })
    }
    if (connectionId !== undefined && !this.#tracked.has(connectionId)) {
      this.clear(issue.type, connectionId)
    }
    return issue
  }

  /** Reports that a condition ended: publishes `issue:cleared` if its issue was open. */
  clear(type: IssueType, connectionId?: number): void {
    const at = this.#clock.now()
    const issue = this.#issues.clear(type, connectionId, at)
    if (issue !== undefined) this.#publishCleared(issue, at)
  }

  /** Open issues of one connection; without an argument all of them, the pool's included. */
  openIssues(connectionId?: number): readonly ConnectionIssue[] {
    return this.#issues.open(connectionId)
  }

  /** The latest 256 cleared issues, oldest first. */
  history(): readonly ConnectionIssue[] {
    return this.#issues.history()
  }

  /**
   * How one connection is now, beside its peers as of the latest sweep. Only reads: the next sweep
   * publishes what changed. A connection that is not tracked is `unknown`.
   */
  assess(connectionId: number): ConnectionHealthAssessment {
    const tracked = this.#tracked.get(connectionId)
    return this.#classifier.assess({
      connectionId,
      metrics: tracked?.metrics ?? new ConnectionHealthMetrics(this.#clock),
      issues: this.#issues.open(connectionId),
      peers: this.#baselines.of(connectionId),
      previous: tracked?.latest,
      now: this.#clock.now(),
    })
  }

  /**
   * One sweep: compares all connections, raises and clears what that shows, and assesses each.
   * Publishes `assessment:changed` where a status is not the one of the sweep before.
   */
  assessAll(): readonly ConnectionHealthAssessment[] {
    const ids = [...this.#tracked.keys()]
    this.#compare()
    for (const id of ids) this.#judgeLatency(id)
    const assessments: ConnectionHealthAssessment[] = []
    for (const id of ids) {
      const tracked = this.#tracked.get(id) // a listener may have made it forgotten
      if (tracked !== undefined) assessments.push(this.#renew(id, tracked))
    }
    return assessments
  }

  /**
   * Whether to probe an idle connection now: it was silent for `probeIntervalMs`; or it is a
   * suspect and its last probe is `suspectProbeIntervalMs` ago; or a suspect needs it to be
   * compared with.
   */
  wantsProbe(connectionId: number, lastHeardAt: number, now: number): boolean {
    const tracked = this.#tracked.get(connectionId)
    if (tracked === undefined) return false
    const { probeIntervalMs, suspectProbeIntervalMs } = this.#health
    const probedAt = tracked.metrics.probedAt ?? Number.NEGATIVE_INFINITY
    const silentMs = now - Math.max(lastHeardAt, probedAt)
    if (probeIntervalMs !== false && silentMs >= probeIntervalMs) return true
    if (now - probedAt < suspectProbeIntervalMs) return false
    if (isWatched(tracked)) return true
    if (this.#references <= 0) return false
    this.#references -= 1
    return true
  }

  /** Whether a connection is a suspect or known to be bad, so that its probes come first. */
  isSuspect(connectionId: number): boolean {
    const tracked = this.#tracked.get(connectionId)
    return tracked !== undefined && isWatched(tracked)
  }

  #renew(connectionId: number, tracked: Tracked): ConnectionHealthAssessment {
    const from = tracked.latest?.status ?? 'unknown'
    const assessment = this.assess(connectionId)
    tracked.latest = assessment
    if (from !== assessment.status && this.hears('assessment:changed')) {
      const at = assessment.assessedAt
      this.publish({ type: 'assessment:changed', at, connectionId, from, assessment })
    }
    return assessment
  }

  #compare(): void {
    const views = new Map<
      number,
      { probeFloorMs: number | undefined; queryFloorMs: number | undefined }
    >()
    for (const [id, { metrics }] of this.#tracked) {
      views.set(id, { probeFloorMs: metrics.probeFloorMs(), queryFloorMs: metrics.queryFloorMs() })
    }
    this.#baselines = new PeerBaselines(views)
    let suspects = 0
    for (const [id, tracked] of this.#tracked) {
      const view = views.get(id)
      tracked.suspect =
        view !== undefined && isLatencySuspect(view, this.#baselines.of(id), this.#health.latency)
      if (tracked.suspect) suspects += 1
    }
    this.#references = suspects === 0 ? 0 : maxReferences
  }

  #judgeLatency(connectionId: number): void {
    const metrics = this.metricsOf(connectionId)
    if (metrics === undefined) return
    const verdict = judgeLatency({
      metrics,
      baseline: this.#baselines.of(connectionId),
      isOpen: this.#issues.has('high_latency', connectionId),
      peers: () => this.#peersOf(connectionId),
      latency: this.#health.latency,
    })
    if (verdict === 'over') this.clear('high_latency', connectionId)
    else if (verdict !== undefined) this.sight(verdict, connectionId)
  }

  *#peersOf(connectionId: number): Generator<ConnectionHealthMetrics> {
    for (const [id, { metrics }] of this.#tracked) if (id !== connectionId) yield metrics
  }

  #publishCleared(issue: ConnectionIssue, at: number): void {
    if (!this.hears('issue:cleared')) return
    this.publish({ type: 'issue:cleared', at, issue, ...ofConnection(issue.connectionId) })
  }
}

function isWatched({ suspect, latest }: Tracked): boolean {
  return suspect || latest?.status === 'degraded' || latest?.status === 'unhealthy'
}

function ofConnection(connectionId: number | undefined): { readonly connectionId?: number } {
  return connectionId === undefined ? {} : { connectionId }
}
