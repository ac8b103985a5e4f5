import {
  type ConnectionHealthMetrics,
  ConnectionHealthMonitor,
  ConnectionRecycler,
  ConnectionSupervisor,
  classifyFault,
  faultOfSqlState,
  OptionProblems,
  type ProbeKind,
  type RecycleCause,
  resolveHealthOptions,
  resolveRecyclingOptions,
} from '@hale/core'
import type { Contender, ContenderPorts, Failure, WatchedConnection } from './contender.ts'

const faults = {
  application: faultOfSqlState('23505', 'ERROR'),
  connection: faultOfSqlState('08006', 'ERROR'),
  timeout: classifyFault(new Error('Query read timeout')),
} as const

/** Hale's own detection with its defaults, the same code as in the product. */
export class Duel implements Contender {
  readonly retires = true
  readonly #monitor: ConnectionHealthMonitor
  readonly #recycler: ConnectionRecycler
  readonly #supervisor: ConnectionSupervisor

  constructor({ clock, port, random, tell }: ContenderPorts) {
    const problems = new OptionProblems()
    const health = resolveHealthOptions({}, problems)
    const recycling = resolveRecyclingOptions({}, problems)
    const monitor = new ConnectionHealthMonitor({ clock, health })
    const recycler = new ConnectionRecycler({ recycling, mode: 'enforce', random })
    this.#monitor = monitor
    this.#recycler = recycler
    this.#supervisor = new ConnectionSupervisor({ monitor, recycler, health, port })
    if (tell !== undefined) this.#tellIssues(tell)
  }

  /** For experiments that put something else in a channel's place. */
  protected get monitor(): ConnectionHealthMonitor {
    return this.#monitor
  }

  fingerprint(index: number): number {
    return this.#monitor.fingerprints.of(`select * from table_${index}`)
  }

  opening(connectionId: number): ConnectionHealthMetrics {
    return this.#monitor.track(connectionId)
  }

  answered({ metrics }: WatchedConnection, fingerprint: number, ms: number, now: number): void {
    this.#monitor.recordRun(metrics, fingerprint, ms, now)
  }

  failed(
    { metrics }: WatchedConnection,
    _: number,
    failure: Failure,
    ms: number,
    now: number,
  ): void {
    this.#monitor.recordFault(metrics, faults[failure], now)
    metrics.recordQuery(ms)
  }

  probed({ metrics }: WatchedConnection, kind: ProbeKind, ms: number, now: number): void {
    this.#monitor.recordProbe(metrics, kind, ms, now)
  }

  released({ metrics }: WatchedConnection, leasedMs: number): void {
    this.#monitor.endLease(metrics, leasedMs)
  }

  recycled(connectionId: number, cause: RecycleCause, now: number): void {
    this.#recycler.recordRecycle(cause, now, connectionId)
  }

  replaced(oldId: number, newId: number, cause: RecycleCause, now: number): void {
    this.#supervisor.replaced(oldId, newId, cause, now)
  }

  closed(connection: WatchedConnection): void {
    this.#monitor.forget(connection.id)
    this.#recycler.forget(connection.id)
  }

  sweep(now: number): void {
    this.#supervisor.sweep(now)
  }

  opinionOf({ metrics }: WatchedConnection): string | undefined {
    const view = this.#monitor.detector.view(metrics.duels)
    const { shiftSuspicion, tailSuspicion, errorSuspicion, meanScore } = view
    if (Math.max(shiftSuspicion, tailSuspicion, errorSuspicion) < 0.5) return undefined
    const suspicions = [shiftSuspicion, tailSuspicion, errorSuspicion]
    const [shift, tail, errors] = suspicions.map((suspicion) => suspicion.toFixed(2))
    return `shift ${shift} (mean score ${meanScore?.toFixed(2)}), tail ${tail}, errors ${errors}`
  }

  #tellIssues(tell: (text: string) => void): void {
    this.#monitor.on('issue:raised', ({ issue }) => {
      const of = issue.connectionId === undefined ? '' : ` of connection ${issue.connectionId}`
      tell(`${issue.severity} ${issue.type}${of}: ${JSON.stringify(issue.evidence)}`)
    })
    this.#monitor.on('issue:cleared', ({ issue }) => {
      if (issue.connectionId !== undefined) {
        tell(`${issue.type} of connection ${issue.connectionId} is over`)
      }
    })
  }
}
