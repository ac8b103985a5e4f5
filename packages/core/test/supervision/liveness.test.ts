import { describe, expect, it } from 'vitest'
import type { ServerAnswer } from '../../src/index.ts'
import { PoolWorld } from './pool-world.ts'

/** A pool in which the statement of connection 1 gets no answer. */
function withSilence(...answers: readonly (ServerAnswer | false)[]): PoolWorld {
  const pool = new PoolWorld({ connections: 3 })
  pool.answers = answers
  pool.sweep()
  pool.begin(1)
  return pool
}

/** Until the server was asked for the second time, and has not answered yet. */
function askTwice(pool: PoolWorld): void {
  while (pool.of('ask-server').length < 2) pool.sweeps(1)
  expect(pool.of('evict')).toEqual([])
}

/** When the server was asked, in ms since the statement was sent. */
function askedAfter(pool: PoolWorld, id = 1): readonly number[] {
  return pool.of('ask-server').map(({ at }) => at - (pool.at(id).runningSince ?? 0))
}

describe('a statement without an answer', () => {
  it('is asked about after a while, and not before', () => {
    const pool = withSilence('active')
    pool.sweeps(1)
    expect(pool.of('ask-server')).toEqual([])
    pool.sweeps(2)
    expect(pool.idsOf('ask-server')).toEqual([1])
  })

  it('is given more time where the same statement is known to take long', () => {
    const pool = new PoolWorld({ connections: 3 })
    pool.traffic(40)
    pool.serve(2, 2_000, 'select slow')
    pool.begin(1)
    pool.sweep()
    pool.sweeps(14)
    expect(pool.of('ask-server')).toEqual([])
    pool.sweeps(4)
    expect(pool.idsOf('ask-server')).toEqual([1])
  })

  it('is asked about after 5 s at the latest, however long the same one took before', () => {
    const pool = new PoolWorld({ connections: 3 })
    pool.traffic(40)
    pool.serve(2, 60_000, 'select slow')
    pool.begin(1)
    pool.sweep()
    pool.sweeps(19)
    expect(pool.of('ask-server')).toEqual([])
    pool.sweeps(2)
    expect(pool.idsOf('ask-server')).toEqual([1])
  })

  it('is given time to send what it has to send', () => {
    const pool = withSilence('active')
    pool.at(1).unsentBytes = 500_000
    pool.sweeps(16)
    expect(pool.of('ask-server')).toEqual([])
    pool.sweeps(10)
    expect(pool.idsOf('ask-server')).toEqual([1])
  })

  it('is left alone while the server works on it, and asked about at twice the time or after 5 s', () => {
    const pool = withSilence('active')
    pool.sweeps(80)
    const asked = askedAfter(pool)
    expect(asked.length).toBeGreaterThan(2)
    for (let at = 1; at < asked.length; at++) {
      const before = asked[at - 1] ?? 0
      const pauseMs = (asked[at] ?? 0) - before
      const dueMs = Math.min(5_000, before)
      expect(pauseMs).toBeGreaterThanOrEqual(dueMs)
      expect(pauseMs).toBeLessThanOrEqual(dueMs + 300)
    }
    expect(pool.of('evict')).toEqual([])
    expect(pool.monitor.openIssues()).toEqual([])
  })

  it.each(['idle', 'gone'] as const)('is behind a dead link when its backend is %s', (answer) => {
    const pool = withSilence(answer)
    const types: string[] = []
    pool.monitor.on('issue:raised', ({ issue }) => types.push(issue.type))
    pool.sweeps(8)
    expect(pool.of('ask-server')).toHaveLength(2)
    expect(pool.of('evict')).toMatchObject([{ id: 1, cause: 'unresponsive', because: answer }])
    expect(types).toEqual(['unresponsive'])
  })

  it('is not behind a dead link while bytes come in', () => {
    const pool = withSilence('idle')
    for (let sweep = 0; sweep < 20; sweep++) {
      pool.at(1).receivedBytes += 8_192
      pool.sweeps(1)
    }
    expect(pool.of('ask-server').length).toBeGreaterThan(3)
    expect(pool.of('evict')).toEqual([])
  })

  it('is not behind a dead link when its backend went back to work in between', () => {
    const pool = withSilence('idle', 'active', 'idle', 'active')
    pool.sweeps(40)
    expect(pool.of('evict')).toEqual([])
  })

  it('is forgotten when the answer came in meanwhile', () => {
    const pool = withSilence('gone')
    askTwice(pool)
    pool.release(1) // before the server says again that the backend is gone
    pool.sweeps(8)
    expect(pool.of('evict')).toEqual([])
  })

  it('is not mistaken for the statement after it', () => {
    const pool = withSilence('idle')
    askTwice(pool)
    pool.release(1)
    pool.begin(1)
    pool.sweeps(1)
    expect(pool.of('ask-server')).toHaveLength(2)
    expect(pool.of('evict')).toEqual([])
  })

  it('is asked about every 5 s when the server cannot say, and is never taken for lost', () => {
    const pool = withSilence('unknown')
    pool.sweeps(83)
    expect(askedAfter(pool)).toEqual([500, 5_750, 11_000, 16_250])
    pool.sweeps(400)
    expect(pool.of('evict')).toEqual([])
    expect(pool.monitor.openIssues()).toEqual([])
  })

  it('is asked about later when the server did not answer, which is not its fault', () => {
    const pool = withSilence('unanswered', 'unanswered', 'idle')
    pool.sweeps(3)
    expect(pool.of('ask-server')).toHaveLength(1)
    pool.sweeps(3)
    expect(pool.of('ask-server')).toHaveLength(2)
    expect(pool.of('evict')).toEqual([])
    pool.sweeps(6)
    expect(pool.idsOf('evict')).toEqual([1])
  })

  it('is asked about on the next sweep when nobody could be asked', () => {
    const pool = withSilence(false, false, 'active')
    pool.sweeps(5)
    expect(pool.of('ask-server')).toHaveLength(3)
  })

  it('is not asked about right after our own process stood still', () => {
    const pool = withSilence('idle')
    pool.advance(3_000)
    pool.sweep()
    expect(pool.of('ask-server')).toEqual([])
    pool.sweeps(1)
    expect(pool.of('ask-server')).toHaveLength(1)
  })

  it('is not asked about on a connection that is not lent', () => {
    const pool = withSilence('idle')
    pool.at(1).supervisedState = 'away'
    pool.sweeps(8)
    expect(pool.of('ask-server')).toEqual([])
  })

  it('leads to an eviction when only observing, too: the link is dead for certain', () => {
    const pool = new PoolWorld({ connections: 3, health: { mode: 'observe' } })
    pool.answers = ['gone']
    pool.sweep()
    pool.begin(1)
    pool.sweeps(8)
    expect(pool.of('evict')).toMatchObject([{ id: 1, cause: 'unresponsive' }])
  })

  it('is told to be lost although its connection was to go at release anyway', () => {
    const pool = withSilence('gone')
    pool.at(1).isLeaving = true
    pool.sweeps(8)
    expect(pool.of('evict')).toMatchObject([{ id: 1, because: 'gone' }])
  })
})

describe('a statement whose backend waits for us', () => {
  /** How long after the statement was sent it was taken for lost. */
  function lostAfterMs(pool: PoolWorld): number {
    const sentAt = pool.at(1).runningSince ?? 0
    while (pool.of('evict').length === 0 && pool.now < sentAt + 20_000) pool.sweeps(1)
    return (pool.of('evict')[0]?.at ?? Number.NaN) - sentAt
  }

  it('is lost within 1.1 s where nothing is known to be slow', () => {
    expect(lostAfterMs(withSilence('idle'))).toBeLessThanOrEqual(1_100)
  })

  it('is lost no sooner than 820 ms after it was sent: it may arrive yet', () => {
    const pool = withSilence('idle')
    pool.sweeps(2)
    pool.advance(818 - (pool.now - (pool.at(1).runningSince ?? 0)))
    pool.sweep()
    expect(pool.of('evict')).toEqual([])
    expect(lostAfterMs(pool)).toBeGreaterThanOrEqual(820)
  })

  it('is lost no sooner than 820 ms after its backend became idle: the answer is on its way', () => {
    const pool = withSilence('active', 'idle')
    pool.answerSince = pool.now + 1_000
    const lostMs = lostAfterMs(pool)
    expect(lostMs).toBeGreaterThanOrEqual(1_820)
    expect(lostMs).toBeLessThanOrEqual(2_400)
  })

  it('is not given more time for having been idle before it was sent', () => {
    const pool = withSilence('idle')
    pool.answerSince = pool.now - 60_000
    expect(lostAfterMs(pool)).toBeLessThanOrEqual(1_100)
  })

  it('is given as long as its connection took to open, which is two round trips at least', () => {
    const pool = withSilence('idle')
    pool.at(1).openingAt = pool.at(1).openedAt - 3_000
    const lostMs = lostAfterMs(pool)
    expect(lostMs).toBeGreaterThanOrEqual(3_000)
    expect(lostMs).toBeLessThanOrEqual(3_300)
  })

  it('is given no more than 4 s, however long that took', () => {
    const pool = withSilence('idle')
    pool.at(1).openingAt = pool.at(1).openedAt - 9_000
    expect(lostAfterMs(pool)).toBeLessThanOrEqual(4_300)
  })

  it('is given that time anew when it arrived between two looks, and was answered', () => {
    const pool = withSilence('idle')
    askTwice(pool)
    pool.answerSince = pool.now - 20
    const answeredMs = pool.now - 20 - (pool.at(1).runningSince ?? 0)
    expect(lostAfterMs(pool)).toBeGreaterThanOrEqual(answeredMs + 820)
  })

  it('is given two of the round trips that its connection was probed with', () => {
    const pool = new PoolWorld({ connections: 1 })
    for (const rttMs of [900, 910, 920]) {
      pool.monitor.recordProbe(pool.at(1).metrics, 'network', rttMs, pool.now)
    }
    pool.answers = ['idle']
    pool.sweep()
    pool.begin(1)
    expect(lostAfterMs(pool)).toBeGreaterThanOrEqual(1_800)
  })
})
