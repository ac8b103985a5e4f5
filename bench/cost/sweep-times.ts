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

const sweeps = 400
const warmUp = 100
/** Between two sweeps, a quarter of a second: 8,000 per second. */
const statementsPerSweep = 2_000

/**
 * What each sweep took, ms, over connections that are all in use; the first hundred, while the compiler
 * settles, are left out. Core alone, without a database.
 */
export async function sweepTimes(connections: number): Promise<readonly number[]> {
  const clock = { now: () => performance.now() }
  const random = createSeededRandom(1)
  const monitor = new ConnectionHealthMonitor({ clock, health: healthDefaults })
  const recycler = new ConnectionRecycler({ recycling: recyclingDefaults, mode: 'enforce', random })
  const port = createIdlePool(monitor, connections)
  const supervisor = new ConnectionSupervisor({ monitor, recycler, health: healthDefaults, port })
  const texts = Array.from({ length: 50 }, (_, n) => `select ${n} from t_${n}x`)
  const tookMs: number[] = []
  let now = 1_000
  for (let sweep = 0; sweep < sweeps; sweep++) {
    now += 250
    for (let n = 0; n < statementsPerSweep; n++) {
      const metrics = monitor.metricsOf(1 + ((sweep * statementsPerSweep + n) % connections))
      const fingerprint = monitor.fingerprints.of(texts[n % texts.length] as string)
      if (metrics !== undefined)
        monitor.recordRun(metrics, fingerprint, random() * 10, now + n / 10)
    }
    const startedAt = performance.now()
    supervisor.sweep(now)
    tookMs.push(performance.now() - startedAt)
    await pause(0)
  }
  return tookMs.slice(warmUp)
}
