import { memoryUsage } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectionHealthMonitor, healthDefaults } from '@hale/core'
import { recordTimes } from './record-times.ts'
import { sweepTimes } from './sweep-times.ts'

/** What watching costs by itself, without a database: per statement, per connection, per sweep. */

const clock = { now: () => performance.now() }

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

async function recordCost(): Promise<Figure> {
  const value = median(await recordTimes())
  return {
    name: 'recording a statement, mixed fingerprints, median',
    value,
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
  const warm = (await sweepTimes(1_000)).toSorted((a, b) => a - b)
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
