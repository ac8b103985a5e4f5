import type { RecycleCause } from '@hale/core'
import { createFaultProxy, type FaultProxy, type TestPostgres, waitFor } from '@hale/testkit'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../../src/index.ts'

/** Sweeps and probes come faster than by default, so that the tests do; the limits are the defaults. */
const health = { sweepIntervalMs: 50, suspectProbeIntervalMs: 50, probeIntervalMs: 500 } as const

/** A pool behind a proxy, a workload, and what became of them. */
export interface JudgementWorld extends AsyncDisposable {
  readonly pool: HealthAwarePool
  readonly proxy: FaultProxy
  readonly outcomes: { done: number; failed: number }
  /** Connections that were swapped for reasons of health, by pid. */
  readonly swapped: { readonly processId: number | undefined; readonly cause: RecycleCause }[]
  /** Runs the workload until `until` holds; rejects at the bound. */
  work(until: () => boolean, timeoutMs?: number): Promise<void>
  /** Runs the workload for so many statements. */
  workFor(statements: number): Promise<void>
  /** A backend of the pool, when all are open. */
  aBackend(): Promise<number>
}

export async function createJudgementWorld(
  server: TestPostgres,
  options: HealthAwarePoolOptions & {
    readonly statement: (pool: HealthAwarePool, n: number) => Promise<unknown>
    /** Statements at a time; fewer than connections by default, so that some are idle. */
    readonly workers?: number
  },
): Promise<JudgementWorld> {
  const { statement, workers, ...poolOptions } = options
  const proxy = await createFaultProxy(server)
  const max = options.max ?? 6
  const pool = new HealthAwarePool({
    connectionString: proxy.connectionString(server.connectionString),
    min: max,
    max,
    ...poolOptions,
    health: { ...health, ...options.health },
  })
  const outcomes = { done: 0, failed: 0 }
  const processIds = new Map<number, number | undefined>()
  const swapped: { processId: number | undefined; cause: RecycleCause }[] = []
  pool.monitor.on('connection:opened', ({ connectionId, processId }) => {
    processIds.set(connectionId, processId)
  })
  pool.monitor.on('connection:evicted', ({ connectionId, cause }) => {
    swapped.push({ processId: processIds.get(connectionId), cause })
  })
  let issued = 0

  const work = async (until: () => boolean, timeoutMs = 100_000): Promise<void> => {
    let isOver = false
    const worker = async (): Promise<void> => {
      while (!isOver) {
        issued += 1
        await statement(pool, issued).then(
          () => (outcomes.done += 1),
          () => (outcomes.failed += 1),
        )
      }
    }
    const running = Array.from({ length: workers ?? max - 2 }, worker)
    await waitFor(until, { timeoutMs }).finally(() => (isOver = true))
    await Promise.all(running)
  }

  return {
    pool,
    proxy,
    outcomes,
    swapped,
    work,
    workFor: (statements) => {
      const upTo = issued + statements
      return work(() => issued >= upTo)
    },
    aBackend: async () => {
      await waitFor(() => pool.idleCount === max && pool.totalCount === max) // no candidate among them
      const snapshots = pool.snapshot().connections
      return snapshots[snapshots.length - 1]?.processId ?? 0
    },
    [Symbol.asyncDispose]: async () => {
      proxy.all.restore()
      await pool.end()
      await proxy.close()
    },
  }
}

/** What an application does: texts that differ in cost, on one table. */
export function mixed(pool: HealthAwarePool, n: number): Promise<unknown> {
  switch (n % 5) {
    case 0:
      return pool.query('select 1')
    case 1:
      return pool.query('select count(*) from generate_series(1, $1::int)', [(n % 7) * 300])
    case 2:
      return pool.query('select * from stock where id = $1', [1 + (n % 50)])
    case 3:
      return pool.query('update stock set units = units + 1 where id = $1', [1 + (n % 50)])
    default:
      return pool.query(`select '${n}' as literal`)
  }
}

export const createStock =
  'create table stock (id int primary key, units int not null); ' +
  'insert into stock select n, 0 from generate_series(1, 50) as n'
