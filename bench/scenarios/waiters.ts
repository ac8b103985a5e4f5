import type pg from 'pg'
import { type Case, cpuPer, nsPer, type Scenario } from '../scenario.ts'

const sliceMs = 100

async function leaseOnce(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  client.release()
}

/** Queues `depth` callers for the one connection, lets it go, and waits until each has had it. */
async function handOver(pool: pg.Pool, depth: number): Promise<void> {
  const holder = await pool.connect()
  const waiting: Promise<void>[] = []
  for (let queued = 0; queued < depth; queued += 1) waiting.push(leaseOnce(pool))
  holder.release()
  await Promise.all(waiting)
}

function depthCase(depth: number): Case {
  const name = `${depth.toLocaleString('en')} waiting`
  const goal = { name: `hand-over, ${name}`, atMost: 1 }
  return {
    name,
    pool: { max: 1 },
    sliceMs,
    batch: depth,
    measures: [nsPer('hand-over', goal), cpuPer('hand-over')],
    async run(pool, count) {
      for (let done = 0; done < count; done += depth) await handOver(pool, depth)
    },
  }
}

/** What queueing and hand-over cost per caller; the length of the queue must not matter. */
export const waiters: Scenario = {
  name: 'waiters',
  title: 'Queue for one connection and hand it over, per caller',
  cases: [10, 1_000, 10_000].map(depthCase),
  growth: { name: 'hand-over, 10,000 waiting against 10', atMost: 2 },
}

/** Long enough for a connection to open on a busy machine. */
const timeoutMs = 200
const batch = 1_000

/** Queues a batch of callers for a connection that never comes back in time. */
async function giveUp(pool: pg.Pool): Promise<void> {
  const holder = await pool.connect()
  const waiting: Promise<void>[] = []
  for (let queued = 0; queued < batch; queued += 1) waiting.push(leaseOnce(pool))
  await Promise.allSettled(waiting)
  holder.release()
}

/** What a caller costs that waits in vain: a full pool is where a service is weakest. */
export const cancelled: Scenario = {
  name: 'cancelled',
  title: `1,000 callers give up after ${timeoutMs} ms, per caller`,
  cases: [
    {
      name: 'time out',
      pool: { max: 1, connectionTimeoutMillis: timeoutMs },
      sliceMs: timeoutMs,
      batch,
      measures: [cpuPer('caller')],
      async run(pool, count) {
        for (let done = 0; done < count; done += batch) await giveUp(pool)
      },
    },
  ],
}
