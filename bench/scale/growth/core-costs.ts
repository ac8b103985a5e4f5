import { memoryUsage } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type ConnectionHealthMetrics,
  ConnectionHealthMonitor,
  ConnectionRecycler,
  ConnectionSupervisor,
  healthDefaults,
  recyclingDefaults,
} from '@hale/core'
import { createSeededRandom } from '@hale/testkit'
import { createIdlePool } from '../../cost/idle-pool.ts'
import { quantile } from '../../statistics.ts'

/** Different statements of an application. */
const texts = Array.from({ length: 50 }, (_, n) => `select * from orders_${n}x where id = $1`)

const SWEEP_EVERY_MS = 250

interface Draw {
  readonly metrics: ConnectionHealthMetrics
  readonly text: string
  readonly tookMs: number
}

/** What watches a pool of so many connections, on a clock that is moved by hand. */
class Watched {
  readonly monitor: ConnectionHealthMonitor
  readonly supervisor: ConnectionSupervisor
  #draws: readonly Draw[]
  #drawn = 0
  #now = 1_000

  constructor(connections: number) {
    const random = createSeededRandom(2)
    const monitor = new ConnectionHealthMonitor({
      clock: { now: () => this.#now },
      health: healthDefaults,
    })
    const recycler = new ConnectionRecycler({
      recycling: recyclingDefaults,
      mode: 'enforce',
      random,
    })
    const port = createIdlePool(monitor, connections)
    this.#draws = Array.from({ length: 4_096 }, (_, n) => {
      const id = 1 + (n % connections)
      return {
        metrics: monitor.metricsOf(id) ?? monitor.track(id),
        text: texts[Math.floor(random() ** 2 * texts.length)] as string,
        tookMs: 10 ** (random() * 3 - 1),
      }
    })
    this.monitor = monitor
    this.supervisor = new ConnectionSupervisor({ monitor, recycler, health: healthDefaults, port })
  }

  /** Records so many statements, spread over `ms`, as the wire tap would. Returns the time it took, ms. */
  record(count: number, ms: number): number {
    const { monitor } = this
    const draws = this.#draws
    const startedAt = performance.now()
    for (let n = 0; n < count; n++) {
      const { metrics, text, tookMs } = draws[this.#drawn % draws.length] as Draw
      this.#drawn += 1
      this.#now += ms / count
      monitor.recordRun(metrics, monitor.fingerprints.of(text), tookMs, this.#now)
    }
    return performance.now() - startedAt
  }

  /** Keeps nothing but what watching keeps. */
  forgetDraws(): void {
    this.#draws = []
  }

  /** One sweep, when it is due. Returns the time it took, ms. */
  sweep(): number {
    const startedAt = performance.now()
    this.supervisor.sweep(this.#now)
    return performance.now() - startedAt
  }
}

/** One sweep over connections that are all in use, two statements on each between two sweeps, ms. */
export function sweepCost(connections: number): number {
  const watched = new Watched(connections)
  const sweepMs: number[] = []
  for (let round = 0; round < 24; round++) {
    watched.record(2 * connections, SWEEP_EVERY_MS)
    sweepMs.push(watched.sweep())
  }
  return middle(sweepMs.slice(8)) // the first ones compile
}

/** Recording one statement in a pool of so many connections, ns. */
export function recordCost(connections: number): number {
  const watched = new Watched(connections)
  const slices = Array.from({ length: 9 }, () => watched.record(10_000, 1_000))
  return (middle(slices.slice(3)) * 1e6) / 10_000
}

/** One statement at so many per second on 20 connections, ns: recording it alone, and with its part of the sweeps. */
export function trafficCost(perSecond: number): { recordNs: number; wholeNs: number } {
  const watched = new Watched(20)
  // at low rates several intervals are recorded together, so that there is something to measure
  const perSweep = (perSecond * SWEEP_EVERY_MS) / 1_000
  const count = Math.max(200, perSweep)
  watched.record(10_000, 1_000)
  const recordMs: number[] = []
  const sweepMs: number[] = []
  for (let turn = 0; turn < 60; turn++) {
    recordMs.push(watched.record(count, (count * 1_000) / perSecond))
    sweepMs.push(watched.sweep())
  }
  const recordNs = (middle(recordMs.slice(20)) * 1e6) / count
  return { recordNs, wholeNs: recordNs + (middle(sweepMs.slice(20)) * 1e6) / perSweep }
}

function middle(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

/** What watching so many connections keeps in memory, KiB, after 100 statements on each. @throws {Error} without --expose-gc */
export async function retainedBy(connections: number): Promise<number> {
  const before = await retainedBytes()
  const copies = Math.ceil(1_000 / connections) // so that there is something to measure
  const watched = Array.from({ length: copies }, () => new Watched(connections))
  for (const each of watched) {
    each.record(100 * connections, 10_000)
    each.sweep()
    each.forgetDraws()
  }
  const bytes = (await retainedBytes()) - before
  watched.at(0)?.sweep() // they live until here
  return bytes / copies / 1_024
}

async function retainedBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  for (let round = 0; round < 3; round++) {
    globalThis.gc()
    await pause(5)
  }
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}
