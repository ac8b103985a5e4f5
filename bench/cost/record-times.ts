import { setTimeout as pause } from 'node:timers/promises'
import { ConnectionHealthMonitor, healthDefaults } from '@hale/core'
import { createSeededRandom } from '@hale/testkit'

const slices = 60
const warmUp = 10
const statementsPerSlice = 100_000

/**
 * What one statement takes, ns, in each slice: its fingerprint looked up by its text, its run recorded; 20
 * texts on 20 connections. Core alone, without a database.
 */
export async function recordTimes(): Promise<readonly number[]> {
  const clock = { now: () => performance.now() }
  const random = createSeededRandom(1)
  const monitor = new ConnectionHealthMonitor({ clock, health: healthDefaults })
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
  const found: number[] = []
  for (let slice = 0; slice < slices; slice++) {
    const startedAt = performance.now()
    for (let n = 0; n < statementsPerSlice; n++) {
      const { text, metrics, ms } = draws[n % draws.length] as (typeof draws)[number]
      monitor.recordRun(metrics, monitor.fingerprints.of(text), ms, startedAt + n * 0.01)
    }
    found.push(((performance.now() - startedAt) * 1e6) / statementsPerSlice)
    await pause(0)
  }
  return found.slice(warmUp)
}
