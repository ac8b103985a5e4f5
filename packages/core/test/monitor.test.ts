import { describe, expect, it } from 'vitest'
import type { IssueSighting } from '../src/index.ts'
import { faultOfSqlState } from '../src/index.ts'
import { createConnection, createWorld, type World } from './world.ts'

const leak: IssueSighting = {
  type: 'transaction_leak',
  scope: 'connection',
  severity: 'warning',
  evidence: { status: 'T', leasedMs: 5, leasedBy: undefined },
}
const exhausted: IssueSighting = {
  type: 'pool_exhaustion',
  scope: 'pool',
  severity: 'warning',
  evidence: { waiting: 1, leased: 10, max: 10 },
}
const fault = { kind: 'other', scope: 'connection', retryable: true, endsSession: false } as const

/** So many runs on each of these connections in turn, 1 ms apart; `slowId` takes ten times as long. */
function serve(world: World, ids: readonly number[], rounds: number, slowId = 0): void {
  const fingerprint = world.monitor.fingerprints.of('select 1')
  for (let round = 0; round < rounds; round++) {
    for (const id of ids) {
      world.clock.advance(1)
      const metrics = world.monitor.track(id)
      const ms = (id === slowId ? 10 : 1) + (round % 7) / 10
      world.monitor.recordRun(metrics, fingerprint, ms, world.clock.now())
      world.monitor.endLease(metrics, ms)
    }
  }
}

describe('operations', () => {
  it('are named by the issues of holders, and by no others', () => {
    const { monitor } = createWorld()
    const { operation } = monitor.track(1)
    operation.readWith({ kindOf: () => 'insert', queryIdOf: () => 'q7' })
    operation.announce({})
    operation.submitted()
    expect(monitor.sight(leak, 1).operation).toEqual({ kind: 'insert', queryId: 'q7' })
    expect(monitor.sight(exhausted)).not.toHaveProperty('operation')
    const stale = { sqlState: '0A000' }
    const sighting = { type: 'stale_plan', scope: 'connection', severity: 'info', evidence: stale }
    expect(monitor.sight(sighting as IssueSighting, 1)).not.toHaveProperty('operation')
  })
})

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

  it('compares nobody with a connection that is forgotten', () => {
    const world = createWorld()
    serve(world, [1, 2, 3], 60)
    world.monitor.forget(2)
    world.monitor.forget(3)
    const { duels } = world.monitor.assess(1).evidence
    serve(world, [1], 20)
    expect(world.monitor.assess(1).evidence).toMatchObject({ duels, peers: 0 })
  })
})

describe('recording', () => {
  it('counts a run as a statement, and compares it with those of others', () => {
    const world = createWorld()
    serve(world, [1, 2, 3], 100, 3)
    const { attempts, duels, meanScore, shiftSuspicion } = world.monitor.assess(3).evidence
    expect(attempts).toBe(100)
    expect(duels).toBeGreaterThan(50)
    expect(meanScore).toBeGreaterThan(0.5)
    expect(shiftSuspicion).toBeGreaterThan(0)
  })

  it('counts a lease as a use', () => {
    const world = createWorld()
    serve(world, [1], 3)
    expect(world.monitor.metricsOf(1)?.uses).toBe(3)
  })

  it('suspects a connection for faults of its own while its session goes on', () => {
    const { monitor, clock } = createWorld()
    const metrics = monitor.track(1)
    monitor.recordFault(metrics, fault, clock.now())
    expect(monitor.assess(1).evidence).toMatchObject({ faults: 1 })
    expect(monitor.assess(1).evidence.errorSuspicion).toBeGreaterThan(0)
  })

  it.each([
    ['of the session, which has ended for certain', faultOfSqlState('57P01', 'FATAL')],
    ['of statements', faultOfSqlState('23505', 'ERROR')],
    ['of the server', faultOfSqlState('53100', 'ERROR')],
    ['of which nothing is known', { ...fault, scope: 'unknown' as const }],
  ])('suspects nobody for faults %s', (_, ofAnother) => {
    const { monitor, clock } = createWorld()
    const metrics = monitor.track(1)
    for (let times = 0; times < 50; times++) monitor.recordFault(metrics, ofAnother, clock.now())
    expect(monitor.assess(1).evidence.errorSuspicion).toBe(0)
  })

  it('compares empty queries, and no others, with those of the other connections', () => {
    const { monitor, clock } = createWorld()
    for (let round = 0; round < 20; round++) {
      for (const id of [1, 2, 3]) {
        clock.advance(1)
        const now = clock.now()
        monitor.recordProbe(monitor.track(id), 'network', 1, now)
        monitor.recordProbe(monitor.track(id), 'backend', 1, now)
      }
    }
    expect(monitor.metricsOf(1)?.probes).toBe(40)
    expect(monitor.assess(1).evidence.duels).toBeGreaterThan(10)
    expect(monitor.assess(1).evidence.duels).toBeLessThanOrEqual(20)
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
    const world = createWorld()
    const { monitor } = world
    world.open(1)
    world.open(2)
    monitor.on('issue:raised', () => world.sweep())
    monitor.on('assessment:changed', ({ connectionId }) => monitor.forget(connectionId))
    monitor.sight(leak, 1)
    expect(monitor.openIssues()).toEqual([])
    expect(monitor.listenerErrors).toBe(0)
  })

  it('raises what lasts too long, and clears it when it is over', () => {
    const world = createWorld()
    const connection = world.open(1)
    connection.supervisedState = 'leased'
    connection.transactionSince = world.clock.now()
    world.clock.advance(15_000)
    world.sweep()
    expect(world.monitor.openIssues(1)).toMatchObject([{ type: 'idle_in_transaction' }])
    connection.runningSince = world.clock.now()
    world.sweep()
    connection.transactionSince = undefined
    connection.runningSince = undefined
    world.sweep()
    expect(world.monitor.openIssues(1)).toEqual([])
  })

  it('has one of the server while it is slow, which is nobody’s', () => {
    const { monitor, events } = createWorld()
    monitor.track(1)
    monitor.judgeServer({ ratio: 3, sampleRuns: 1_000 })
    monitor.judgeServer({ ratio: 3, sampleRuns: 1_000 })
    expect(monitor.openIssues()).toMatchObject([{ type: 'server_slow', scope: 'server' }])
    expect(monitor.assess(1).issues).toEqual([])
    monitor.judgeServer({ ratio: 1, sampleRuns: 1_000 })
    expect(events.map(({ type }) => type)).toEqual(['issue:raised', 'issue:cleared'])
  })
})

describe('faults of the others', () => {
  it('are those of all but the one that is asked about', () => {
    const world = createWorld()
    const connections = [1, 2, 3].map((id) => world.open(id))
    for (const { id, metrics } of connections) {
      for (let run = 0; run < 10; run++) metrics.recordQuery(1)
      for (let times = 0; times < id; times++) {
        world.monitor.recordFault(metrics, fault, world.clock.now())
      }
    }
    world.sweep()
    const of = (id: number): unknown =>
      world.monitor.othersFaults(world.monitor.track(id), world.clock.now())
    expect([of(1), of(2), of(3)]).toEqual([
      { faults: 5, attempts: 20 },
      { faults: 4, attempts: 20 },
      { faults: 3, attempts: 20 },
    ])
  })

  it('are never fewer than none', () => {
    const world = createWorld()
    const { metrics } = world.open(1)
    world.sweep()
    metrics.recordQuery(1)
    world.monitor.recordFault(metrics, fault, world.clock.now())
    expect(world.monitor.othersFaults(metrics, world.clock.now())).toEqual({
      faults: 0,
      attempts: 0,
    })
  })
})

describe('assessments', () => {
  it('publishes a change of status once', () => {
    const world = createWorld()
    const { monitor, events } = world
    const { metrics } = world.open(1)
    world.sweep()
    expect(events).toEqual([])
    for (let index = 0; index < 8; index++) metrics.recordQuery(1)
    expect(monitor.assess(1).status).toBe('healthy')
    expect(events).toEqual([]) // reading publishes nothing
    world.sweep()
    world.sweep()
    expect(events).toMatchObject([
      {
        type: 'assessment:changed',
        connectionId: 1,
        from: 'unknown',
        assessment: { status: 'healthy' },
      },
    ])
  })

  it('is degraded while it is a suspect, and healthy once it is like the others again', () => {
    const world = createWorld()
    const ids = [1, 2, 3, 4, 5]
    for (const id of ids) world.open(id)
    serve(world, ids, 120, 3)
    world.sweep()
    expect(ids.map((id) => world.monitor.latest(id)?.status)).toEqual(
      ids.map((id) => (id === 3 ? 'degraded' : 'healthy')),
    )
    expect(world.monitor.isWatched(3)).toBe(true)
    serve(world, ids, 600)
    world.sweep()
    expect(world.monitor.assess(3).status).toBe('healthy')
    expect(world.monitor.isWatched(3)).toBe(false)
  })

  it('blames nobody when all are slow, nor for a mix of heavy statements', () => {
    const world = createWorld()
    const ids = [1, 2, 3, 4, 5]
    for (const id of ids) world.open(id)
    const heavy = world.monitor.fingerprints.of('select heavy')
    serve(world, ids, 100)
    for (let run = 0; run < 300; run++) {
      world.clock.advance(1)
      world.monitor.recordRun(world.monitor.track(1), heavy, 2_000, world.clock.now())
      world.monitor.endLease(world.monitor.track(1), 2_000)
      serve(world, [2, 3, 4, 5], 1)
    }
    world.sweep()
    expect(ids.map((id) => world.monitor.assess(id).status)).toEqual(ids.map(() => 'healthy'))
    expect(world.monitor.openIssues()).toEqual([])
  })

  it('counts the unhealthy of the latest sweep', () => {
    const world = createWorld()
    for (const id of [1, 2, 3]) world.open(id)
    world.sweep()
    expect(world.monitor.unhealthyCount).toBe(0)
    world.monitor.sight({ ...leak, severity: 'critical' } as IssueSighting, 2)
    expect(world.monitor.unhealthyCount).toBe(0)
    world.sweep()
    expect(world.monitor.unhealthyCount).toBe(1)
    world.monitor.clear('transaction_leak', 2)
    world.sweep()
    expect(world.monitor.unhealthyCount).toBe(0)
  })

  it('says unknown without evidence, whatever its peers do', () => {
    const world = createWorld()
    for (const id of [1, 2, 3]) world.open(id)
    serve(world, [1, 2], 100)
    serve(world, [3], 7)
    world.sweep()
    expect(world.monitor.assess(3)).toMatchObject({ status: 'unknown', score: undefined })
    expect(world.monitor.latest(3)?.status ?? 'unknown').toBe('unknown')
  })

  it('leaves out connections that it was not told of, and those it does not track', () => {
    const world = createWorld()
    world.monitor.track(1)
    const stranger = createConnection(2, world.monitor)
    world.monitor.forget(2)
    world.monitor.assessAll([stranger], world.clock.now())
    expect(world.monitor.latest(1)).toBeUndefined()
    expect(world.monitor.latest(2)).toBeUndefined()
  })

  it('says how many there are to compare with', () => {
    const world = createWorld()
    world.open(1)
    expect(world.monitor.assess(1).evidence.peers).toBe(0)
    world.open(2)
    expect(world.monitor.assess(1).evidence.peers).toBe(1)
  })
})
