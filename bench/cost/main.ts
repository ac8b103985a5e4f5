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
import { createIdlePool } from './idle-pool.ts'

/** What watching costs by itself, without a database: per statement, per connection, per sweep. */

const clock = { now: () => performance.now() }
const random = createSeededRandom(1)

interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly atMost: number
}

const figures: Figure[] = [
  await recordCost(),
  await textCost(),
  await connectionMemory(),
  await statementMemory(
    'a million statements that differ in a literal',
    (n) => `select * from t where id = ${n}`,
  ),
  await statementMemory(
    'a million statements that differ in a table',
    (n) => `select * from t_${n}x where id = $1`,
  ),
  await sweepCost(),
]
for (const { name, value, unit, atMost } of figures) {
  const verdict = value <= atMost ? 'holds' : 'does not hold'
  process.stdout.write(
    `${name.padEnd(66)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(16)} ≤ ${atMost}: ${verdict}\n`,
  )
}

function createMonitor(): ConnectionHealthMonitor {
  return new ConnectionHealthMonitor({ clock, health: healthDefaults })
}

/** One statement: its fingerprint looked up by its text, its run recorded; 20 texts on 20 connections. */
async function recordCost(): Promise<Figure> {
  const monitor = createMonitor()
  const texts = Array.from(
    { length: 20 },
    (_, n) => `select * from orders_${n}x where id = $1 and total > $2`,
  )
  const connections = Array.from({ length: 20 }, (_, n) => monitor.track(n + 1))
  const draws = Array.from({ length: 4_096 }, () => ({
    text: texts[Math.floor(random() ** 2 * texts.length)] as string,
    metrics: connections[Math.floor(random() * connections.length)] as (typeof connections)[number],
    ms: 10 ** (random() * 4 - 1),
  }))
  const slices: number[] = []
  for (let slice = 0; slice < 60; slice++) {
    const startedAt = performance.now()
    for (let n = 0; n < 100_000; n++) {
      const { text, metrics, ms } = draws[n % draws.length] as (typeof draws)[number]
      monitor.recordRun(metrics, monitor.fingerprints.of(text), ms, startedAt + n * 0.01)
    }
    slices.push((performance.now() - startedAt) * 10)
    await pause(0)
  }
  return {
    name: 'recording a statement, mixed fingerprints, median',
    value: median(slices.slice(10)),
    unit: 'ns',
    atMost: 250,
  }
}

/** The same with a text that was built anew each time, as query builders do it. */
async function textCost(): Promise<Figure> {
  const monitor = createMonitor()
  const parts = Array.from({ length: 20 }, (_, n) => [
    `select "orders"."id", "orders"."total" from "orders_${n}x" as "orders" `,
    'where "orders"."id" = $1 and "orders"."total" > $2 order by "orders"."id" limit $3',
  ])
  const metrics = monitor.track(1)
  const slices: number[] = []
  for (let slice = 0; slice < 60; slice++) {
    const built = Array.from({ length: 10_000 }, (_, n) => (parts[n % 20] as string[]).join(''))
    const startedAt = performance.now()
    for (let n = 0; n < built.length; n++) {
      monitor.recordRun(metrics, monitor.fingerprints.of(built[n] as string), 1 + n, startedAt + n)
    }
    slices.push((performance.now() - startedAt) * 100)
  }
  return {
    name: 'the same, its text built anew each time (150 characters)',
    value: median(slices.slice(10)),
    unit: 'ns',
    atMost: 500,
  }
}

async function connectionMemory(): Promise<Figure> {
  const monitor = createMonitor()
  const before = await retained()
  const count = 10_000
  for (let id = 1; id <= count; id++) {
    const metrics = monitor.track(id)
    monitor.recordRun(metrics, monitor.fingerprints.of('select 1'), 1, id)
  }
  const bytes = (await retained()) - before
  monitor.metricsOf(1)
  return { name: 'retained per connection', value: bytes / count / 1024, unit: 'KiB', atMost: 4 }
}

async function statementMemory(what: string, textOf: (n: number) => string): Promise<Figure> {
  const before = await retained()
  const monitor = createMonitor()
  const metrics = [1, 2, 3].map((id) => monitor.track(id))
  for (let n = 0; n < 1_000_000; n++) {
    const connection = metrics[n % metrics.length] as (typeof metrics)[number]
    monitor.recordRun(connection, monitor.fingerprints.of(textOf(n)), 1 + (n % 7), n)
  }
  const bytes = (await retained()) - before
  monitor.metricsOf(1)
  return {
    name: `retained per pool after ${what}`,
    value: bytes / 1024 ** 2,
    unit: 'MiB',
    atMost: 1,
  }
}

/** A sweep over 1,000 connections, all of them in use; the slowest of the warm ones. */
async function sweepCost(): Promise<Figure> {
  const monitor = createMonitor()
  const recycler = new ConnectionRecycler({ recycling: recyclingDefaults, mode: 'enforce', random })
  const port = createIdlePool(monitor, 1_000)
  const supervisor = new ConnectionSupervisor({ monitor, recycler, health: healthDefaults, port })
  const texts = Array.from({ length: 50 }, (_, n) => `select ${n} from t_${n}x`)
  const tookMs: number[] = []
  let now = 1_000
  for (let sweep = 0; sweep < 400; sweep++) {
    now += 250
    for (let n = 0; n < 2_000; n++) {
      const metrics = monitor.metricsOf(1 + ((sweep * 2_000 + n) % 1_000))
      const fingerprint = monitor.fingerprints.of(texts[n % texts.length] as string)
      if (metrics !== undefined)
        monitor.recordRun(metrics, fingerprint, random() * 10, now + n / 10)
    }
    const startedAt = performance.now()
    supervisor.sweep(now)
    tookMs.push(performance.now() - startedAt)
    await pause(0)
  }
  const warm = tookMs.slice(100).toSorted((a, b) => a - b)
  const p99 = warm[Math.floor(warm.length * 0.99)] ?? Number.NaN
  process.stdout.write(
    `sweeps over 1,000 connections: 99th percentile ${p99.toFixed(2)} ms, slowest ${warm.at(-1)?.toFixed(2)} ms\n`,
  )
  return {
    name: 'a sweep over 1,000 connections, median',
    value: median(warm),
    unit: 'ms',
    atMost: 5,
  }
}

async function retained(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  for (let round = 0; round < 4; round++) {
    globalThis.gc()
    await pause(5)
  }
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
