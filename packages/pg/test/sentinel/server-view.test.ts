import { describe, expect, it } from 'vitest'
import type { Greeting } from '../../src/sentinel/greeting.ts'
import { ServerView } from '../../src/sentinel/server-view.ts'

const greeting: Greeting = {
  isPooled: false,
  backendPid: 1,
  version: 180_004,
  versionText: '18.4',
  startedAt: '1790000000.5',
  uptimeMs: 5_000,
  inHotStandby: false,
  seesAll: true,
}
const facts = {
  database: { deadlocks: 10, conflicts: 0, temp_bytes: 0, reset: null },
  checkpoints: { timed: 1, requested: 2 },
}

function createView(some: Partial<Greeting> = {}): ServerView {
  const view = new ServerView()
  view.greeted({ ...greeting, ...some }, 1_000)
  return view
}

function limitsOf(view: ServerView): Record<string, string> {
  return Object.fromEntries(view.limits.map(({ fact, reason }) => [fact, reason]))
}

describe('ServerView', () => {
  it('knows nothing before a greeting', () => {
    const view = new ServerView()
    const { role, uptimeMs, connections, waits, limits } = view.snapshot(0)
    expect({ role, uptimeMs, connections, waits, limits }).toEqual({ limits: [] })
  })
  it('knows role and uptime from the greeting on', () => {
    expect(createView().snapshot(3_000)).toMatchObject({ role: 'primary', uptimeMs: 7_000 })
    expect(createView({ inHotStandby: true }).snapshot(0).role).toBe('standby')
  })
  it('gives rates between the two latest readings', () => {
    const view = createView()
    view.told(facts, 10_000)
    expect(view.snapshot(0).deadlocksPerSecond).toBeUndefined()
    view.told(
      { database: { ...facts.database, deadlocks: 15 }, checkpoints: { timed: 2, requested: 5 } },
      20_000,
    )
    expect(view.snapshot(0)).toMatchObject({
      deadlocksPerSecond: 0.5,
      conflictsPerSecond: 0,
      tempBytesPerSecond: 0,
      checkpointsPerMinute: { timed: 6, requested: 18 },
    })
  })
  it('gives no rate over a reset', () => {
    const view = createView()
    view.told(facts, 10_000)
    view.told({ database: { ...facts.database, deadlocks: 2 } }, 20_000)
    expect(view.snapshot(0).deadlocksPerSecond).toBeUndefined()
    view.told({ database: { ...facts.database, deadlocks: 50, reset: '2026-01-01' } }, 30_000)
    expect(view.snapshot(0).deadlocksPerSecond).toBeUndefined()
  })
  it('gives no rate over a restart', () => {
    const view = createView()
    view.told(facts, 10_000)
    expect(view.greeted({ ...greeting, startedAt: '1790000100' }, 15_000)).toEqual({
      isAnother: true,
      hasChanged: true,
    })
    view.told({ database: { ...facts.database, deadlocks: 11 } }, 20_000)
    expect(view.snapshot(0).deadlocksPerSecond).toBeUndefined()
  })
  it('notices another role, once', () => {
    const view = createView({ inHotStandby: true })
    expect(view.told({ role: { in_recovery: true } }, 2_000)).toBe(false)
    expect(view.told({}, 3_000)).toBe(false)
    expect(view.told({ role: { in_recovery: false } }, 4_000)).toBe(true)
    expect(view.greeted(greeting, 5_000)).toEqual({ isAnother: false, hasChanged: false })
    expect(view.greeted({ ...greeting, inHotStandby: true }, 6_000).hasChanged).toBe(true)
  })
  it('counts who may still connect without what is reserved', () => {
    const view = createView()
    const connections = { max: 100, superuser: 3, reserved: 2, used: 90 }
    view.told({ connections }, 2_000)
    expect(view.snapshot(0).connections).toEqual({ max: 100, reserved: 5, used: 90, free: 5 })
    view.told({ connections: { ...connections, used: 99 } }, 2_000)
    expect(view.snapshot(0).connections?.free).toBe(0)
  })
  it('takes the lag of a standby, or else that of the standbys', () => {
    const view = createView()
    view.told({ standbys: { count: 2, lag_ms: 30 } }, 2_000)
    expect(view.snapshot(0)).toMatchObject({ replicationLagMs: 30, standbys: 2 })
    view.told({ replay: { lag_ms: 7 } }, 2_000)
    expect(view.snapshot(0)).toMatchObject({ replicationLagMs: 7 })
    view.told({ replay: { lag_ms: null } }, 2_000)
    expect(view.snapshot(0).replicationLagMs).toBeUndefined()
  })
  it('counts nobody where nobody waits', () => {
    const view = createView()
    view.told({ waits: {}, identity: { system: '7', timeline: 2 } }, 2_000)
    expect(view.snapshot(0)).toMatchObject({ waits: {}, systemIdentifier: '7', timeline: 2 })
  })
  it('names what a role does not see, and asks for nothing of that', () => {
    const view = createView({ seesAll: false })
    const parts = [...view.parts().keys()]
    expect(parts).toEqual(['role', 'identity', 'database', 'checkpoints', 'replay'])
    const needs = 'needs pg_read_all_stats, which pg_monitor includes'
    expect(limitsOf(view)).toEqual({
      'statements of other roles': needs,
      'connection headroom': needs,
      'replication lag of the standbys': needs,
      'what backends wait for': needs,
      'temporary files': needs,
    })
  })
  it('sees more once the role may, with the next session', () => {
    const view = createView({ seesAll: false })
    view.parts()
    view.greeted(greeting, 2_000)
    expect(view.limits).toEqual([])
    expect(view.parts().has('connections')).toBe(true)
  })
  it('keeps what was refused, over sessions of one server', () => {
    const view = createView()
    view.limit('identity', 'refused (42501)')
    view.greeted(greeting, 2_000)
    expect(view.parts().has('identity')).toBe(false)
    view.greeted({ ...greeting, startedAt: '1790000100' }, 3_000)
    expect(view.parts().has('identity')).toBe(true)
  })
  it('names what PostgreSQL does not tell before 14', () => {
    expect(Object.keys(limitsOf(createView({ version: 130_012 })))).toEqual([
      'since when locks are waited for',
      'backend memory',
    ])
  })
  it('asks each version for checkpoints in its own way', () => {
    expect(createView({ version: 160_000 }).parts().get('checkpoints')?.sql).toContain('bgwriter')
    expect(createView().parts().get('checkpoints')?.sql).toContain('pg_stat_checkpointer')
  })
  it('names what a pooler hides, and says nothing of a server that is not asked again', () => {
    const view = createView({ isPooled: true })
    view.pooledBy('pgbouncer', 'session')
    expect(view.isPooledBySession).toBe(true)
    const { role, uptimeMs, pooler } = view.snapshot(9_000)
    expect({ role, uptimeMs, pooler }).toEqual({ pooler: { name: 'pgbouncer', mode: 'session' } })
    expect(Object.keys(limitsOf(view))).toEqual([
      'what backends do',
      'backend memory',
      'whether a silent statement still runs',
      'the server itself',
    ])
  })
  it('takes a pooler of unknown mode for one that lends for a session', () => {
    const view = createView({ isPooled: true })
    view.pooledBy('unknown', undefined)
    expect(view.isPooledBySession).toBe(true)
  })
  it('keeps the pooler over sessions, and drops it once there is none', () => {
    const view = createView({ isPooled: true })
    view.pooledBy('pgbouncer', 'transaction')
    view.greeted({ ...greeting, isPooled: true, startedAt: '1790000100' }, 2_000)
    expect(view.isPooled).toBe(true)
    expect(limitsOf(view)).toHaveProperty('what backends do')
    view.greeted(greeting, 3_000)
    expect(view.isPooled).toBe(false)
    expect(limitsOf(view)).toEqual({})
  })
})
