import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IssueSighting } from '../src/index.ts'
import { createWorld } from './world.ts'

const leak: IssueSighting = {
  type: 'transaction_leak',
  scope: 'connection',
  severity: 'warning',
  evidence: { status: 'T', leasedMs: 5 },
}
const exhausted: IssueSighting = {
  type: 'pool_exhaustion',
  scope: 'pool',
  severity: 'warning',
  evidence: { waiting: 1, leased: 10, max: 10 },
}

function outliers(world: ReturnType<typeof createWorld>): readonly (number | undefined)[] {
  return world.monitor.openIssues().map((issue) => issue.connectionId)
}

describe('tracking', () => {
  it('gives the same metrics for the same connection', () => {
    const { monitor } = createWorld()
    const metrics = monitor.track(1)
    expect(monitor.track(1)).toBe(metrics)
    expect(monitor.metricsOf(1)).toBe(metrics)
    expect(monitor.metricsOf(2)).toBeUndefined()
  })

  it('clears the issues of a forgotten connection', () => {
    const { monitor, types } = createWorld()
    monitor.track(1)
    monitor.sight(leak, 1)
    monitor.forget(1)
    monitor.forget(1)
    expect(types()).toEqual(['issue:raised', 'issue:cleared'])
    expect(monitor.openIssues()).toEqual([])
    expect(monitor.metricsOf(1)).toBeUndefined()
  })

  it('leaves nothing open for a connection it does not track', () => {
    const { monitor, types } = createWorld()
    for (let id = 0; id < 1_000; id++) monitor.sight(leak, id)
    expect(monitor.openIssues()).toEqual([])
    expect(types()).toHaveLength(2_000)
    expect(monitor.assess(5)).toMatchObject({ connectionId: 5, status: 'unknown' })
  })
})

describe('issues', () => {
  it('publishes once when raised and once when cleared', () => {
    const { monitor, events, clock } = createWorld()
    monitor.track(1)
    monitor.sight(leak, 1)
    clock.advance(5)
    expect(monitor.sight(leak, 1)).toMatchObject({ id: 1, lastSeenAt: 1_005 })
    monitor.clear('transaction_leak', 1)
    monitor.clear('transaction_leak', 1)
    expect(events).toMatchObject([
      { type: 'issue:raised', connectionId: 1, at: 1_000, issue: { type: 'transaction_leak' } },
      { type: 'issue:cleared', connectionId: 1, at: 1_005, issue: { clearedAt: 1_005 } },
    ])
    expect(monitor.history()).toHaveLength(1)
  })

  it('has issues of the pool without a connection', () => {
    const { monitor, events } = createWorld()
    monitor.track(1)
    monitor.sight(exhausted)
    expect(events[0]).not.toHaveProperty('connectionId')
    expect(monitor.openIssues()).toHaveLength(1)
    expect(monitor.openIssues(1)).toEqual([])
    expect(monitor.assess(1).issues).toEqual([])
  })

  it('lets a listener call back in', () => {
    const { monitor } = createWorld()
    monitor.track(1)
    monitor.on('issue:raised', () => void monitor.assessAll())
    monitor.on('assessment:changed', ({ connectionId }) => monitor.forget(connectionId))
    monitor.sight(leak, 1)
    expect(monitor.openIssues()).toEqual([])
    expect(monitor.listenerErrors).toBe(0)
  })
})

describe('assessments', () => {
  it('publishes a change of status once', () => {
    const { monitor, events } = createWorld()
    const metrics = monitor.track(1)
    monitor.assessAll()
    expect(events).toEqual([])
    for (let index = 0; index < 8; index++) metrics.recordQuery(1)
    expect(monitor.assess(1).status).toBe('healthy')
    expect(events).toEqual([]) // reading publishes nothing
    monitor.assessAll()
    monitor.assessAll()
    expect(events).toMatchObject([
      {
        type: 'assessment:changed',
        connectionId: 1,
        from: 'unknown',
        assessment: { status: 'healthy' },
      },
    ])
  })

  it('finds the one slow connection and clears it when it recovers', () => {
    const world = createWorld()
    world.probe({ 1: 1, 2: 1, 3: 1, 4: 100 })
    expect(world.monitor.assessAll().map(({ status }) => status)).toEqual([
      'healthy',
      'healthy',
      'healthy',
      'unhealthy',
    ])
    expect(world.monitor.openIssues(4)).toMatchObject([
      {
        type: 'high_latency',
        evidence: { probeFloorMs: 100, peersProbeFloorMs: 1, peers: 3, limitMs: 21 },
      },
    ])
    world.monitor.assessAll()
    world.probe({ 1: 1, 2: 1, 3: 1, 4: 18 }) // between 80 % of the limit and the limit
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([4])
    world.probe({ 1: 1, 2: 1, 3: 1, 4: 1 })
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([])
    expect(world.types().filter((type) => type.startsWith('issue:'))).toEqual([
      'issue:raised',
      'issue:cleared',
    ])
  })

  it('blames nobody when all are slow', () => {
    const world = createWorld()
    world.probe({ 1: 300, 2: 310, 3: 290 })
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([])
  })

  it('blames nobody for a mix of heavy queries', () => {
    const world = createWorld()
    world.probe({ 1: 1, 2: 1, 3: 1 })
    for (let index = 0; index < 100; index++) {
      world.monitor.track(1).recordQuery(2_000)
      world.monitor.track(2).recordQuery(1)
      world.monitor.track(3).recordQuery(1)
    }
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([])
  })

  it('needs a peer', () => {
    const world = createWorld()
    world.probe({ 1: 1_000 })
    expect(world.monitor.assessAll()).toMatchObject([{ status: 'healthy', evidence: { peers: 0 } }])
  })

  it('does not blame the connection that is measured first when everything slows down', () => {
    const world = createWorld()
    world.probe({ 1: 1, 2: 1, 3: 1 })
    world.clock.advance(1)
    world.probe({ 3: 200 }) // a suspect is probed more often; its peers are about to be
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([])
    world.monitor.track(1).recordProbe(200)
    world.monitor.track(2).recordProbe(200)
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([])
  })

  it('blames it once its peers were measured and are fast', () => {
    const world = createWorld()
    world.probe({ 1: 1, 2: 1, 3: 1 })
    world.clock.advance(1)
    world.probe({ 3: 200 })
    world.monitor.track(1).recordProbe(1)
    world.monitor.assessAll()
    expect(outliers(world)).toEqual([3])
  })

  it('says unknown without evidence, whatever its peers do', () => {
    const world = createWorld()
    world.probe({ 1: 1, 2: 1 })
    world.monitor.track(3)
    for (let index = 0; index < 7; index++) world.monitor.track(3).recordQuery(1_000)
    expect(world.monitor.assessAll()[2]).toMatchObject({ status: 'unknown', score: undefined })
  })

  it('gives the same verdicts at every scale when there is no margin', () => {
    const floor = fc.double({ min: 0.01, max: 1_000, noNaN: true })
    const pools = fc.array(floor, { minLength: 2, maxLength: 12 })
    const statuses = (pool: readonly number[], scale: number): readonly string[] => {
      const world = createWorld({ latency: { ratio: 4, marginMs: 0 } })
      world.probe(Object.fromEntries(pool.map((rttMs, id) => [id, rttMs * scale])))
      return world.monitor.assessAll().map(({ status }) => status)
    }
    fc.assert(
      fc.property(pools, fc.integer({ min: -6, max: 6 }), (pool, power) => {
        expect(statuses(pool, 2 ** power)).toEqual(statuses(pool, 1))
      }),
    )
  })
})

describe('wantsProbe', () => {
  it('probes what was silent for the interval', () => {
    const { monitor } = createWorld()
    monitor.track(1)
    expect(monitor.wantsProbe(1, 0, 4_999)).toBe(false)
    expect(monitor.wantsProbe(1, 0, 5_000)).toBe(true)
    expect(monitor.wantsProbe(2, 0, 5_000)).toBe(false)
  })

  it('probes no silence when that is off', () => {
    const { monitor } = createWorld({ probeIntervalMs: false })
    monitor.track(1)
    expect(monitor.wantsProbe(1, 0, 1e9)).toBe(false)
  })

  it('probes a suspect by its statements every half second, and references with it', () => {
    const { monitor, clock } = createWorld()
    for (let index = 0; index < 16; index++) {
      monitor.track(1).recordQuery(1)
      monitor.track(2).recordQuery(100)
    }
    monitor.assessAll()
    const now = clock.now()
    expect(monitor.wantsProbe(2, now, now)).toBe(true)
    expect(monitor.wantsProbe(1, now, now)).toBe(true)
    monitor.track(2).recordProbe(100)
    expect(monitor.wantsProbe(2, now, now + 499)).toBe(false)
    expect(monitor.wantsProbe(2, now, now + 500)).toBe(true)
  })

  it('asks at most five references per sweep', () => {
    const { monitor, clock } = createWorld()
    for (let id = 0; id < 100; id++) {
      for (let index = 0; index < 8; index++) monitor.track(id).recordQuery(id === 0 ? 100 : 1)
    }
    monitor.assessAll()
    const now = clock.now()
    const wanted = Array.from({ length: 100 }, (_, id) => monitor.wantsProbe(id, now, now)).filter(
      Boolean,
    )
    expect(wanted).toHaveLength(6)
  })

  it('goes on probing what is degraded', () => {
    const { monitor, clock } = createWorld()
    monitor.track(1)
    monitor.sight(leak, 1)
    monitor.assessAll()
    expect(monitor.wantsProbe(1, clock.now(), clock.now())).toBe(true)
  })

  it('finds a slow connection in a busy pool that is never silent', () => {
    const world = createWorld()
    const rttMs = (id: number): number => (id === 3 ? 80 : 1)
    for (let sweep = 0; sweep < 40 && world.monitor.openIssues().length === 0; sweep++) {
      for (let id = 0; id < 10; id++) {
        world.monitor.track(id).recordQuery(rttMs(id))
        const now = world.clock.now()
        if (world.monitor.wantsProbe(id, now, now)) world.monitor.track(id).recordProbe(rttMs(id))
      }
      world.monitor.assessAll()
      world.clock.advance(250)
    }
    expect(outliers(world)).toEqual([3])
    expect(world.clock.now() - 1_000).toBeLessThanOrEqual(5_000)
  })
})
