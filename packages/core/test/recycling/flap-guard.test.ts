import { describe, expect, it } from 'vitest'
import type { ConnectionRecycler, RecycleCause } from '../../src/index.ts'
import { assessment, createRecycler, quiet, view } from './views.ts'

const slow = assessment('high_latency')
const minute = 60_000

/** What is to happen to a connection that became slow. */
function verdictOf(recycler: ConnectionRecycler, connectionId: number, now: number) {
  return recycler.decide(view({ connectionId, assessment: slow }), quiet, now)
}

/** Replaces a connection by the one with the next id, as the pool does it. */
function replace(recycler: ConnectionRecycler, id: number, cause: RecycleCause, now: number): void {
  recycler.recordReplacement(id, id + 1, now)
  recycler.recordRecycle(cause, now, id)
  recycler.forget(id)
}

const flapping = { action: 'keep', heldBack: 'flapping' }
const evict = { action: 'evict', cause: 'latency' }

describe('a replacement that turns bad as well', () => {
  it('is kept until the back-off has passed', () => {
    const recycler = createRecycler({ flapBackoffMs: 5_000 })
    replace(recycler, 1, 'latency', 100)
    expect(verdictOf(recycler, 2, 5_099)).toEqual(flapping)
    expect(recycler.flaps(2)).toEqual({ evictions: 1, heldBackUntil: 5_100 })
    expect(verdictOf(recycler, 2, 5_100)).toEqual(evict)
  })

  it('is kept twice as long after each eviction, up to 30 min', () => {
    const recycler = createRecycler()
    const backoffs: number[] = []
    let now = 0
    for (let id = 1; id <= 12; id++) {
      replace(recycler, id, 'latency', now)
      const until = recycler.flaps(id + 1)?.heldBackUntil ?? 0
      backoffs.push((until - now) / 1_000)
      while (now < until) {
        expect(verdictOf(recycler, id + 1, now)).toEqual(flapping)
        now += minute / 4
      }
      now = until
      expect(verdictOf(recycler, id + 1, now)).toEqual(evict)
    }
    expect(backoffs).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800, 1800, 1800, 1800])
  })

  it('is kept for the option itself where that is over 30 min', () => {
    const recycler = createRecycler({ flapBackoffMs: 3_600_000 })
    replace(recycler, 1, 'latency', 0)
    replace(recycler, 2, 'latency', 0)
    expect(recycler.flaps(3)).toEqual({ evictions: 2, heldBackUntil: 3_600_000 })
  })

  it('counts from the take-over where the eviction was recorded long before', () => {
    const recycler = createRecycler()
    recycler.recordRecycle('stalls', 0, 1)
    recycler.recordReplacement(1, 2, 25_000)
    expect(recycler.flaps(2)).toEqual({ evictions: 1, heldBackUntil: 55_000 })
  })

  it('starts anew after 10 min without trouble', () => {
    const recycler = createRecycler()
    replace(recycler, 1, 'latency', 0)
    replace(recycler, 2, 'latency', minute)
    recycler.decide(view({ connectionId: 3 }), quiet, 11 * minute)
    expect(recycler.flaps(3)).toMatchObject({ evictions: 2 })
    recycler.decide(view({ connectionId: 3 }), quiet, 11 * minute + 1)
    expect(recycler.flaps(3)).toBeUndefined()
    replace(recycler, 3, 'latency', 11 * minute + 2)
    expect(recycler.flaps(4)).toMatchObject({ evictions: 1 })
  })

  it('does not start anew while it is being held back', () => {
    const recycler = createRecycler({ flapBackoffMs: 20 * minute })
    replace(recycler, 1, 'latency', 0)
    for (let now = 0; now < 20 * minute; now += minute) {
      expect(verdictOf(recycler, 2, now)).toEqual(flapping)
    }
    replace(recycler, 2, 'latency', 20 * minute)
    expect(recycler.flaps(3)).toEqual({ evictions: 2, heldBackUntil: 50 * minute })
  })

  it('is not saved from what is certain, nor from its lifetime', () => {
    const recycler = createRecycler()
    replace(recycler, 1, 'latency', 0)
    const dead = view({ connectionId: 2, assessment: assessment('unresponsive') })
    expect(recycler.decide(dead, quiet, 1)).toEqual({ action: 'evict', cause: 'unresponsive' })
    const old = view({ connectionId: 2, assessment: slow, deadlineAt: 1 })
    expect(recycler.decide(old, quiet, 1)).toEqual({ action: 'retire', cause: 'lifetime' })
  })

  it('passes its lineage on, whatever it was replaced for', () => {
    const recycler = createRecycler()
    replace(recycler, 1, 'latency', 0)
    replace(recycler, 2, 'lost', 1)
    expect(recycler.flaps(3)).toEqual({ evictions: 1, heldBackUntil: 30_000 })
    expect(verdictOf(recycler, 3, 2)).toEqual(flapping)
  })
})

describe('the flap guard', () => {
  it('leaves alone whoever replaced a sound or a dead connection, and everybody else', () => {
    const recycler = createRecycler()
    replace(recycler, 1, 'lifetime', 0)
    replace(recycler, 11, 'lost', 0)
    recycler.recordRecycle('latency', 0)
    for (const id of [2, 12, 99]) {
      expect(recycler.flaps(id)).toBeUndefined()
      expect(verdictOf(recycler, id, 1)).toEqual(evict)
    }
  })

  it('counts an eviction once, however often it is told', () => {
    const recycler = createRecycler()
    for (let times = 0; times < 3; times++) recycler.recordRecycle('faults', 0, 1)
    recycler.recordReplacement(1, 2, 0)
    expect(recycler.flaps(2)).toEqual({ evictions: 1, heldBackUntil: 30_000 })
  })

  it('holds back the replacement alone, not the one that was evicted', () => {
    const recycler = createRecycler()
    recycler.recordReplacement(1, 2, 0)
    recycler.recordRecycle('latency', 0, 1)
    expect(verdictOf(recycler, 1, 1)).toEqual(evict)
    expect(verdictOf(recycler, 2, 1)).toEqual(flapping)
  })

  it('knows nothing of a connection that was forgotten', () => {
    const recycler = createRecycler()
    replace(recycler, 1, 'latency', 0)
    recycler.forget(2)
    expect(recycler.flaps(2)).toBeUndefined()
  })

  it('remembers 1,024 connections at most', () => {
    const recycler = createRecycler()
    for (let id = 0; id < 4_000; id += 2) {
      recycler.recordReplacement(id, id + 1, 0)
      recycler.recordRecycle('latency', 0, id)
    }
    const known = Array.from({ length: 4_000 }, (_, id) => id).filter(
      (id) => recycler.flaps(id) !== undefined,
    )
    expect(known).toHaveLength(1_024)
    expect(known.at(-1)).toBe(3_999)
  })
})
