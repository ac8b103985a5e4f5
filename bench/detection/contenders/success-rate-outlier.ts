import { ConnectionHealthMetrics } from '@hale/core'
import type { Contender, ContenderPorts, WatchedConnection } from './contender.ts'

// As in Envoy's outlier detection, with its defaults.
const intervalMs = 10_000
const fewestConnections = 5
const fewestStatements = 100
const deviations = 1.9
const mostEvictedRatio = 0.1
/** Slower than this is no success: what a `per_try_timeout` would make of it. */
const successMs = 500

interface Tally {
  readonly connection: WatchedConnection
  total: number
  successes: number
}

/** Evicts connections whose success rate is far below the mean of all of them. */
export class SuccessRateOutlier implements Contender {
  readonly retires = false
  readonly #ports: ContenderPorts
  readonly #tallies = new Map<number, Tally>()
  #judgedAt = 0

  constructor(ports: ContenderPorts) {
    this.#ports = ports
  }

  fingerprint(index: number): number {
    return index
  }

  opening(): ConnectionHealthMetrics {
    return new ConnectionHealthMetrics(this.#ports.clock)
  }

  answered(connection: WatchedConnection, _: number, ms: number): void {
    this.#record(connection, ms < successMs)
  }

  failed(connection: WatchedConnection): void {
    this.#record(connection, false)
  }

  probed(): void {}
  released(): void {}

  closed(connection: WatchedConnection): void {
    this.#tallies.delete(connection.id)
  }

  sweep(now: number): void {
    if (now - this.#judgedAt < intervalMs) return
    this.#judgedAt = now
    const judged = [...this.#tallies.values()].filter((tally) => tally.total >= fewestStatements)
    if (judged.length >= fewestConnections) this.#evictOutliers(judged)
    this.#tallies.clear()
  }

  #record(connection: WatchedConnection, isSuccess: boolean): void {
    let tally = this.#tallies.get(connection.id)
    if (tally === undefined) {
      tally = { connection, total: 0, successes: 0 }
      this.#tallies.set(connection.id, tally)
    }
    tally.total += 1
    if (isSuccess) tally.successes += 1
  }

  #evictOutliers(judged: readonly Tally[]): void {
    const rates = judged.map((tally) => tally.successes / tally.total)
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
    const limit = mean - deviations * Math.sqrt(variance)
    let budget = Math.max(1, Math.floor(mostEvictedRatio * this.#ports.connections))
    judged.forEach(({ connection }, index) => {
      if (budget === 0 || connection.isLeaving || (rates[index] ?? 1) >= limit) return
      if (this.#ports.port.replace(connection.id, 'faults')) budget -= 1
    })
  }
}
