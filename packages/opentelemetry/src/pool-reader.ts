import type { HealthStatus, WatchedPool, WatchedSnapshot } from '@hale/core'
import type { Attributes } from '@opentelemetry/api'
import {
  type NumberMetric,
  attributeNames as names,
  numberMetrics as numbers,
} from './pool-metrics.ts'

/** A number that a pool has at an instant. */
export interface NumberReading {
  readonly metric: NumberMetric
  readonly attributes: Attributes
  readonly value: number
}

/** No status of a connection is missing here, so that each has its number, 0 too. */
const noneAssessed: Readonly<Record<HealthStatus, number>> = {
  healthy: 0,
  degraded: 0,
  unhealthy: 0,
  unknown: 0,
}

/** Reads the numbers of one pool. */
export class PoolReader {
  /** What every number of the pool says. */
  readonly attributes: Attributes
  readonly #pool: WatchedPool
  /** Issues seen so far by type and severity, at most the product of both unions: they go on as 0. */
  readonly #issues = new Map<string, Attributes>()
  #latest: readonly NumberReading[] = []

  constructor(name: string, pool: WatchedPool) {
    this.#pool = pool
    this.attributes = { [names.pool]: name }
  }

  read(snapshot: WatchedSnapshot): readonly NumberReading[] {
    this.#latest = [
      ...this.#connections(snapshot),
      ...this.#events(snapshot),
      ...this.#issueCounts(snapshot),
      ...this.#server(snapshot),
    ]
    return this.#latest
  }

  /** What was read last, as 0, save what only grows: of a pool that has left nothing is there any more. */
  zeros(): readonly NumberReading[] {
    const shrinking = this.#latest.filter(({ metric }) => metric.kind !== 'counter')
    return shrinking.map((reading) => ({ ...reading, value: 0 }))
  }

  #connections({ counts, connections }: WatchedSnapshot): NumberReading[] {
    const { max, min } = this.#pool.options
    const assessed = { ...noneAssessed }
    for (const { assessment } of connections) assessed[assessment.status] += 1
    return [
      this.#of(numbers.count, counts.idle + counts.probing, { [names.state]: 'idle' }),
      this.#of(numbers.count, counts.leased + counts.cleaning, { [names.state]: 'used' }),
      this.#of(numbers.idleMax, max), // as in pg.Pool, all may be idle
      this.#of(numbers.idleMin, min ?? 0),
      this.#of(numbers.limit, max),
      this.#of(numbers.max, max),
      this.#of(numbers.pendingRequests, counts.waiting),
      ...Object.entries(assessed).map(([status, value]) =>
        this.#of(numbers.assessment, value, { [names.status]: status }),
      ),
    ]
  }

  #events({ totals }: WatchedSnapshot): NumberReading[] {
    return [
      this.#of(numbers.timeouts, totals.acquireTimeouts),
      this.#of(numbers.opened, totals.opened),
      this.#of(numbers.openFailures, totals.openFailures),
      ...Object.entries(totals.recycles).map(([cause, value]) =>
        this.#of(numbers.recycles, value, { [names.cause]: cause }),
      ),
    ]
  }

  #issueCounts({ issues }: WatchedSnapshot): NumberReading[] {
    const open = new Map<string, number>()
    for (const { type, severity } of issues) {
      const key = `${type} ${severity}`
      open.set(key, (open.get(key) ?? 0) + 1)
      this.#issues.set(key, { [names.issueType]: type, [names.severity]: severity })
    }
    return [...this.#issues].map(([key, more]) =>
      this.#of(numbers.issues, open.get(key) ?? 0, more),
    )
  }

  #server({ server }: WatchedSnapshot): NumberReading[] {
    const { isBreakerOpen, replicationLagMs, connections } = server
    const readings = [this.#of(numbers.breakerOpen, isBreakerOpen ? 1 : 0)]
    if (replicationLagMs !== undefined)
      readings.push(this.#of(numbers.replicationLag, replicationLagMs / 1_000))
    if (connections !== undefined) {
      readings.push(this.#of(numbers.serverCount, connections.used))
      readings.push(this.#of(numbers.serverLimit, connections.max))
    }
    return readings
  }

  #of(metric: NumberMetric, value: number, more?: Attributes): NumberReading {
    return {
      metric,
      value,
      attributes: more === undefined ? this.attributes : { ...this.attributes, ...more },
    }
  }
}
