import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { timelineLength } from '../../src/timeline/timeline.ts'
import { TimelineRecorder } from '../../src/timeline/timeline-recorder.ts'
import { FakePool } from '../fake-pool.ts'

const duel = {
  type: 'high_latency',
  scope: 'connection',
  severity: 'critical',
  evidence: {
    basis: 'duel',
    probe: 'network',
    suspectMs: 12,
    referenceMs: 0.3,
    pairs: 8,
    lost: 7,
    reference: 'replacement',
    score: 3,
    suspicion: 1.2,
  },
} as const

function createWorld() {
  const clock = createFakeClock(1_000_000)
  const pool = new FakePool(clock)
  const recorder = new TimelineRecorder(pool, clock)
  const texts = (): readonly string[] => recorder.timeline.entries().map(({ text }) => text)
  return { clock, pool, recorder, texts, entries: () => recorder.timeline.entries() }
}

describe('the story of a connection that is replaced', () => {
  it('has cause, evidence, life, holder and successor in one entry', () => {
    const { clock, pool, entries } = createWorld()
    pool.open(7)
    pool.run(7, 12, 14)
    clock.advance(600_000)
    pool.monitor.sight(duel, 7)
    pool.open(12, 7)
    clock.advance(450)
    pool.evict(7, 'latency')
    expect(entries()[0]).toEqual({
      id: 3,
      at: 1_600_450,
      kind: 'evicted',
      severity: 'warning',
      connectionId: 7,
      successorId: 12,
      cause: 'latency',
      text:
        'Connection 7 was evicted because it was slower than its peers: it lost 7 of 8 network probes ' +
        'against its replacement, 12 ms beside 0.3 ms. It lived 10 min, was lent 0 times and ran ' +
        '2 statements. Nobody held it, so no caller noticed. Connection 12, opened 450 ms before, took ' +
        'its place.',
    })
    expect(entries()[1]?.text).toBe(
      'Connection 12 was opened in 4 ms, to replace connection 7 if that has to leave.',
    )
  })
  it('keeps the evidence of when it was condemned, though the issue is over when it leaves', () => {
    const { clock, pool, texts } = createWorld()
    pool.open(7)
    pool.monitor.sight(duel, 7)
    pool.condemn(7, 'latency')
    pool.monitor.clear('high_latency', 7)
    clock.advance(5_000)
    pool.evict(7, 'latency')
    expect(texts()[0]).toContain('it lost 7 of 8 network probes')
    expect(texts()[0]).toContain('It left when its holder had given it back, so no caller noticed.')
    expect(texts()[1]).toContain('It leaves as soon as nobody holds it, so no caller notices.')
  })
})

describe('the story of a connection whose replacement leaves before it', () => {
  it('has the one as its successor that is opened next', () => {
    const { pool, entries } = createWorld()
    pool.open(3)
    pool.open(7, 3)
    pool.condemn(3, 'latency')
    pool.retire(7, 'surplus')
    pool.evict(3, 'latency')
    pool.open(8)
    const evicted = entries().find(({ kind }) => kind === 'evicted')
    expect(evicted).toMatchObject({ connectionId: 3, successorId: 8 })
    expect(evicted?.text).not.toContain('Connection 7')
  })
})

describe('the story of a connection that is lost', () => {
  it('says that its holder was told, and is the gravest there is', () => {
    const { pool, entries } = createWorld()
    pool.open(7)
    pool.condemn(7, 'lost')
    pool.evict(7, 'lost')
    expect(entries()[0]).toMatchObject({ kind: 'evicted', severity: 'critical' })
    expect(entries()[0]?.text).toContain('Its holder was told by an error.')
  })
  it('gets its successor when the next one is opened, in both entries', () => {
    const { clock, pool, entries } = createWorld()
    pool.open(7)
    pool.evict(7, 'lost')
    clock.advance(18)
    pool.open(8)
    const [opened, evicted] = entries()
    expect(opened?.text).toBe('Connection 8 was opened in 4 ms, 18 ms after connection 7 had left.')
    expect(evicted).toMatchObject({ id: 2, connectionId: 7, successorId: 8 })
    expect(evicted?.text).toMatch(/Connection 8 was open in its place 18 ms later\.$/)
  })
  it('gives each place to one successor, in the order in which they became free', () => {
    const { pool, entries } = createWorld()
    for (const id of [1, 2]) pool.open(id)
    for (const id of [1, 2]) pool.evict(id, 'lost')
    for (const id of [3, 4, 5]) pool.open(id)
    const evicted = entries().filter(({ kind }) => kind === 'evicted')
    expect(evicted.map(({ connectionId, successorId }) => [connectionId, successorId])).toEqual([
      [2, 4],
      [1, 3],
    ])
  })
  it('has no successor in a connection that was opened long after', () => {
    const { clock, pool, entries } = createWorld()
    pool.open(7)
    pool.evict(7, 'lost')
    clock.advance(61_000)
    pool.open(8)
    expect(entries()[0]?.text).toBe('Connection 8 was opened in 4 ms.')
  })
  it('has none for a connection that nobody needed', () => {
    const { pool, entries } = createWorld()
    pool.open(7)
    pool.retire(7, 'idle')
    pool.open(8)
    expect(entries()[1]).toMatchObject({ kind: 'retired', severity: 'info', successorId: null })
  })
})

describe('the timeline', () => {
  it('tells of callers who waited in vain once per sample', () => {
    const { pool, recorder, entries } = createWorld()
    for (let waiterId = 1; waiterId <= 500; waiterId += 1) {
      const at = pool.monitor.now()
      const waitedMs = 1_000 + waiterId
      pool.monitor.publish({ type: 'acquire:timed-out', at, waiterId, waitedMs, waiting: 3 })
    }
    expect(entries()).toEqual([])
    recorder.flush()
    recorder.flush()
    expect(entries()).toHaveLength(1)
    expect(entries()[0]).toMatchObject({ kind: 'timed-out', severity: 'critical' })
    expect(entries()[0]?.text).toBe(
      '500 callers waited in vain for a connection, up to 1.5 s. 3 others still wait.',
    )
  })
  it('tells of failed openings once per sample and kind', () => {
    const { pool, recorder, texts } = createWorld()
    const refused = { kind: 'connection_refused', scope: 'server', retryable: true } as const
    const fault = { ...refused, endsSession: true }
    for (const connectionId of [1, 2, 3]) {
      const at = pool.monitor.now()
      pool.monitor.publish({ type: 'connection:open-failed', at, connectionId, fault, openMs: 2 })
    }
    recorder.flush()
    expect(texts()).toEqual(['3 connections could not be opened: connection refused.'])
  })
  it('tells of the server and of the pool', () => {
    const { pool, texts } = createWorld()
    const at = pool.monitor.now()
    pool.monitor.publish({ type: 'breaker:opened', at, failures: 5 })
    pool.monitor.publish({ type: 'breaker:closed', at })
    pool.monitor.publish({
      type: 'server:changed',
      at,
      inHotStandby: true,
      serverVersion: '18.1',
    })
    pool.monitor.publish({ type: 'pool:closed', at, closedHard: 1 })
    expect(texts()).toEqual([
      'The pool was closed. 1 connection had to be closed under their holders.',
      'The server is now a standby, PostgreSQL 18.1.',
      'The server takes connections again.',
      'The server takes no connections: 5 openings failed in a row, so callers are told at once.',
    ])
  })
  it('remembers the latest 200, with ids that rise by one', () => {
    const { pool, entries } = createWorld()
    for (let id = 1; id <= 1_000; id += 1) pool.open(id)
    expect(entries()).toHaveLength(timelineLength)
    expect(entries().map(({ id }) => id)).toEqual(
      Array.from({ length: timelineLength }, (_, index) => 1_000 - index),
    )
  })
  it('tells wall time, and the same instant alike', () => {
    const { clock, recorder } = createWorld()
    const at = clock.now()
    const told = recorder.wallOf(at)
    clock.advance(60_000)
    clock.jump(20) // as clocks drift
    expect(recorder.wallOf(at)).toBe(told)
    clock.jump(3_600_000)
    expect(recorder.wallOf(at)).toBe(told + 3_600_020)
  })
  it('listens to nothing once it is stopped, and never to what happens per statement', () => {
    const { pool, recorder } = createWorld()
    const hot = ['connection:leased', 'connection:released', 'connection:probed'] as const
    expect(hot.filter((type) => pool.monitor.hears(type))).toEqual([])
    expect(pool.monitor.eventNames()).not.toEqual([])
    recorder.stop()
    expect(pool.monitor.eventNames()).toEqual([])
  })
})
