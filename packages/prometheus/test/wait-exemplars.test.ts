import { type HealthEvent, HealthEventEmitter } from '@hale/core'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createPrometheusCollector } from '../src/index.ts'
import { createOpenMetricsRegister } from './open-metrics-register.ts'
import { createPool } from './watched-world.ts'

/** A pool whose callers have the trace that `state.trace` names at the time. */
function createWorld() {
  const register = createOpenMetricsRegister()
  const pool = createPool()
  const state: { labels: Record<string, string> | undefined } = { labels: undefined }
  const collector = createPrometheusCollector(
    { orders: pool },
    { register, exemplars: () => state.labels },
  )
  const queue = (waiterId: number, labels?: Record<string, string>): void => {
    state.labels = labels
    pool.monitor.publish({ type: 'acquire:queued', at: 0, waiterId, waiting: 1 })
    state.labels = { trace_id: 'of another' }
  }
  const lease = (waiterId: number | undefined, waitedMs: number): void =>
    pool.monitor.publish({ type: 'connection:leased', at: 0, connectionId: 1, waiterId, waitedMs })
  const exemplars = async (): Promise<readonly string[]> =>
    (await register.metrics()).split('\n').filter((line) => / # \{/.test(line))
  return { register, pool, collector, queue, lease, exemplars }
}

describe('exemplars', () => {
  it('lead from the bucket of a wait to the trace of who waited, not of who gave back', async () => {
    const { queue, lease, exemplars } = createWorld()
    queue(1, { trace_id: '4bf9', span_id: '00f0' })
    lease(1, 40)
    const labels = '{pool="orders",le="0.05"} 0 # {trace_id="4bf9",span_id="00f0"} 0.04'
    const [line, ...others] = await exemplars()
    expect(line).toMatch(/ \d{10}(\.\d+)?$/)
    expect(line?.startsWith(`hale_pool_acquire_wait_seconds_bucket${labels} `)).toBe(true)
    expect(others).toEqual([])
  })

  it('are the latest of each bucket, the last for what took longer than all bounds', async () => {
    const { queue, lease, exemplars } = createWorld()
    for (const [waiterId, waitedMs] of [
      [1, 0.1],
      [2, 0.2],
      [3, 60_000],
    ] as const) {
      queue(waiterId, { trace_id: `t${waiterId}` })
      lease(waiterId, waitedMs)
    }
    const found = (await exemplars()).map((line) => /le="([^"]+)".*trace_id="(\w+)"/.exec(line))
    expect(found.map((match) => match?.slice(1, 3))).toEqual([
      ['0.00025', 't2'],
      ['+Inf', 't3'],
    ])
  })

  it('are none for callers without labels, for those who got one at once, or who gave up', async () => {
    const { queue, lease, exemplars, pool } = createWorld()
    queue(1)
    lease(1, 40)
    lease(undefined, 0)
    queue(2, { trace_id: 'x' })
    pool.monitor.publish({
      type: 'acquire:timed-out',
      at: 0,
      waiterId: 2,
      waitedMs: 1,
      waiting: 0,
    })
    lease(2, 40)
    expect(await exemplars()).toEqual([])
  })

  it.each([
    [{ 'no name': 'x' }],
    [{ trace_id: 'x'.repeat(121) }],
    [{ trace_id: 7 as never }],
    [{}],
  ])('leaves out %j, which no scraper could read', async (labels) => {
    const { queue, lease, exemplars } = createWorld()
    queue(1, labels)
    lease(1, 40)
    expect(await exemplars()).toEqual([])
  })

  it('escapes what labels say', async () => {
    const { queue, lease, exemplars } = createWorld()
    queue(1, { trace_id: 'a"b\n# EOF' })
    lease(1, 40)
    expect(await exemplars()).toEqual([expect.stringContaining('{trace_id="a\\"b\\n# EOF"}')])
  })

  it('keep labels of at most 1 024 callers in line, those who came last', async () => {
    const { queue, lease, exemplars } = createWorld()
    for (let waiterId = 0; waiterId <= 1_024; waiterId++) queue(waiterId, { trace_id: 'x' })
    lease(0, 40)
    expect(await exemplars()).toEqual([])
    lease(1, 40)
    expect(await exemplars()).toHaveLength(1)
  })

  it('do not harm who waits when their labels cannot be had', () => {
    const pool = createPool()
    const options = {
      register: new Registry(),
      exemplars: () => {
        throw new Error('no trace')
      },
    }
    createPrometheusCollector(pool, options)
    const queued: HealthEvent = { type: 'acquire:queued', at: 0, waiterId: 1, waiting: 1 }
    expect(() => pool.monitor.publish(queued)).not.toThrow()
    expect(pool.monitor.listenerErrors).toBe(1)
  })

  it('cost nothing when they are off: nobody listens', () => {
    const pool = createPool()
    createPrometheusCollector(pool, { register: new Registry() })
    expect(pool.monitor).toBeInstanceOf(HealthEventEmitter)
    expect(pool.monitor.eventNames()).toEqual([])
  })
})
