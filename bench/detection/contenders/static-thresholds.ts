import { ConnectionHealthMetrics } from '@hale/core'
import type { Contender, ContenderPorts, Failure, WatchedConnection } from './contender.ts'

/** What counts: the latest statements of a connection, as far as they are not too old. */
const windowStatements = 100
const windowMs = 30_000
/** Below this a mean says nothing. */
const fewestStatements = 10
const slowMeanMs = 500
const errorRatio = 0.2

/** Evicts a connection whose mean time or error rate is over a fixed limit. */
export class StaticThresholds implements Contender {
  readonly retires = false
  readonly #ports: ContenderPorts
  readonly #windows = new Map<number, SlidingWindow>()

  constructor(ports: ContenderPorts) {
    this.#ports = ports
  }

  fingerprint(index: number): number {
    return index
  }

  opening(connectionId: number): ConnectionHealthMetrics {
    this.#windows.set(connectionId, new SlidingWindow())
    return new ConnectionHealthMetrics(this.#ports.clock)
  }

  answered(connection: WatchedConnection, _: number, ms: number, now: number): void {
    this.#record(connection, ms, 0, now)
  }

  failed(connection: WatchedConnection, _: number, __: Failure, ms: number, now: number): void {
    this.#record(connection, ms, 1, now)
  }

  probed(): void {}
  released(): void {}
  sweep(): void {}

  closed(connection: WatchedConnection): void {
    this.#windows.delete(connection.id)
  }

  #record(connection: WatchedConnection, ms: number, failed: 0 | 1, now: number): void {
    const window = this.#windows.get(connection.id)
    if (window === undefined) return
    window.add(ms, failed, now)
    if (connection.isLeaving || window.size < fewestStatements) return
    if (window.errors > errorRatio * window.size) this.#ports.port.replace(connection.id, 'faults')
    else if (window.sumMs > slowMeanMs * window.size) {
      this.#ports.port.replace(connection.id, 'latency')
    }
  }
}

/** Sums over the latest statements that are young enough. */
class SlidingWindow {
  size = 0
  sumMs = 0
  errors = 0
  #oldest = 0
  readonly #times = new Float64Array(windowStatements)
  readonly #endedAt = new Float64Array(windowStatements)
  readonly #failed = new Uint8Array(windowStatements)

  add(ms: number, failed: 0 | 1, now: number): void {
    if (this.size === windowStatements) this.#dropOldest()
    while (this.size > 0 && (this.#endedAt[this.#oldest] as number) < now - windowMs) {
      this.#dropOldest()
    }
    const at = (this.#oldest + this.size) % windowStatements
    this.#times[at] = ms
    this.#endedAt[at] = now
    this.#failed[at] = failed
    this.size += 1
    this.sumMs += ms
    this.errors += failed
  }

  #dropOldest(): void {
    this.sumMs -= this.#times[this.#oldest] as number
    this.errors -= this.#failed[this.#oldest] as number
    this.size -= 1
    this.#oldest = (this.#oldest + 1) % windowStatements
  }
}
