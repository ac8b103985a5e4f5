import { setTimeout as pause } from 'node:timers/promises'
import type { HealthAwarePool } from '@hale/pg'

/** Callers that lease, run one statement and release, again and again. */
export interface Load {
  readonly name: string
  readonly callers: number
  /** Between two leases of one caller; 0 for none. */
  readonly pauseMs: number
}

/** What each lease took, µs. */
export interface Latencies {
  /** From `connect()` until the client is in hand. */
  readonly acquire: readonly number[]
  /** From `connect()` until it is released. */
  readonly lease: readonly number[]
}

export interface Slice extends Latencies {
  readonly recycles: number
}

/** Has the callers work for `sliceMs`, and recycles the oldest connection every `recycleMs`. */
export async function runLoad(
  pool: HealthAwarePool,
  { callers, pauseMs }: Load,
  sliceMs: number,
  recycleMs?: number,
): Promise<Slice> {
  const acquire: number[] = []
  const lease: number[] = []
  const until = performance.now() + sliceMs
  const call = async (): Promise<void> => {
    while (performance.now() < until) {
      const startedAt = performance.now()
      const client = await pool.connect()
      const leasedAt = performance.now()
      await client.query('select 1')
      client.release()
      acquire.push((leasedAt - startedAt) * 1e3)
      lease.push((performance.now() - startedAt) * 1e3)
      if (pauseMs > 0) await pause(pauseMs)
    }
  }
  let recycles = 0
  const recycleOldest = (): void => {
    const [oldest] = pool.snapshot().connections // asked in every slice, so that all pay for it
    if (oldest === undefined || recycleMs === undefined) return
    if (pool.recycle(oldest.connectionId)) recycles += 1
  }
  const timer = setInterval(recycleOldest, recycleMs ?? 500)
  recycleOldest()
  await Promise.all(Array.from({ length: callers }, call))
  clearInterval(timer)
  return { acquire, lease, recycles }
}
