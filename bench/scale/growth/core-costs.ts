import { memoryUsage } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import {
  ConnectionHealthMonitor,
  ConnectionRecycler,
  ConnectionSupervisor,
  healthDefaults,
  recyclingDefaults,
} from '@hale/core'
import { createSeededRandom } from '@hale/testkit'
import { createIdlePool } from '../../cost/idle-pool.ts'

/** Different statements of an application. */
const texts = Array.from({ length: 50 }, (_, n) => `select * from orders_${n}x where id = $1`)

const SWEEP_EVERY_MS = 250

/** What watches a pool of so many connections, on a clock that is moved by hand. */
export class Watched {
  readonly monitor: ConnectionHealthMonitor
  readonly supervisor: ConnectionSupervisor
  readonly #connections: number
  readonly #random = createSeededRandom(1)
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
    this.#connections = connections
    this.monitor = monitor
    this.supervisor = new ConnectionSupervisor({ monitor, recycler, health: healthDefaults, port })
  }

  /** Records so many statements, spread over `ms`, as the wire tap would. Returns the time it took, ms. */
  record(count: number, ms: number): number {
    const draws = Array.from({ length: count }, () => ({
      id: 1 + Math.floor(this.#random() * this.#connections),
      text: texts[Math.floor(this.#random() ** 2 * texts.length)] as string,
      tookMs: 10 ** (this.#random() * 3 - 1),
    }))
    const { monitor } = this
    const metrics = draws.map(({ id }) => monitor.metricsOf(id) ?? monitor.track(id))
    const startedAt = performance.now()
    for (let n = 0; n < count; n++) {
      const { text, tookMs } = draws[n] as (typeof draws)[number]
      const each = metrics[n] as (typeof metrics)[number]
      this.#now += ms / count
      monitor.recordRun(each, monitor.fingerprints.of(text), tookMs, this.#now)
    }
    return performance.now() - startedAt
  }

  /** One sweep, when it is due. Returns the time it took, ms. */
  sweep(): number {
    const startedAt = performance.now()
    this.supervisor.sweep(this.#now)
    return performance.now() - startedAt
  }
}

/** CPU of one sweep over connections that are all in use, ms: the mean of some, two statements on each between two. */
export function sweepCost(connections: number): number {
  const watched = new Watched(connections)
  const rounds = 24
  let tookMs = 0
  for (let round = 0; round < rounds; round++) {
    watched.record(2 * connections, SWEEP_EVERY_MS)
    const sweepMs = watched.sweep()
    if (round >= rounds / 3) tookMs += sweepMs // the first ones compile
  }
  return tookMs / (rounds - rounds / 3)
}

/** CPU of recording one statement, ns, in a pool of so many connections. */
export function recordCost(connections: number): number {
  const watched = new Watched(connections)
  watched.record(20_000, 2_000)
  return (watched.record(60_000, 6_000) * 1e6) / 60_000
}

/** CPU of one statement at so many per second on 20 connections, sweeps included, ns; and of recording it alone. */
export function trafficCost(perSecond: number): { recordNs: number; wholeNs: number } {
  const watched = new Watched(20)
  const perSweep = (perSecond * SWEEP_EVERY_MS) / 1_000
  const turns = Math.max(8, Math.ceil(20_000 / Math.max(1, perSweep)))
  watched.record(20_000, 1_000)
  let statements = 0
  let recordMs = 0
  let sweepMs = 0
  let owed = 0
  for (let turn = 0; turn < Math.min(turns, 1_500); turn++) {
    owed += perSweep
    const count = Math.floor(owed)
    owed -= count
    if (count > 0) recordMs += watched.record(count, SWEEP_EVERY_MS)
    statements += count
    sweepMs += watched.sweep()
  }
  return {
    recordNs: (recordMs * 1e6) / statements,
    wholeNs: ((recordMs + sweepMs) * 1e6) / statements,
  }
}

/** What watching so many connections keeps in memory, KiB, after 100 statements on each. @throws {Error} without --expose-gc */
export async function retainedBy(connections: number): Promise<number> {
  const before = await retainedBytes()
  const copies = Math.ceil(1_000 / connections) // so that there is something to measure
  const watched = Array.from({ length: copies }, () => new Watched(connections))
  for (const each of watched) {
    each.record(100 * connections, 10_000)
    each.sweep()
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
