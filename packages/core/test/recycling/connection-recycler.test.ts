import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recyclingDefaults } from '../../src/index.ts'
import { assessment, createRecycler, quiet, view } from './views.ts'

describe('drawDeadline', () => {
  it('never lies past maxLifetimeMs nor before what jitter may take off', () => {
    fc.assert(
      fc.property(
        fc.double(),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (draw, jitterRatio) => {
          const deadlineAt = createRecycler(
            { maxLifetimeMs: 10_000, jitterRatio },
            'enforce',
            draw,
          ).drawDeadline(500)
          expect(deadlineAt).toBeLessThanOrEqual(10_500)
          expect(deadlineAt).toBeGreaterThanOrEqual(5_500)
        },
      ),
    )
  })

  it('spreads by the draw', () => {
    expect(
      createRecycler({ maxLifetimeMs: 10_000, jitterRatio: 0.1 }, 'enforce', 0.5).drawDeadline(0),
    ).toBe(9_500)
  })

  it('is infinite without a lifetime', () => {
    expect(createRecycler({ maxLifetimeMs: false }).drawDeadline(0)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('decide', () => {
  it('keeps a sound connection', () => {
    expect(createRecycler().decide(view(), quiet, 0)).toEqual({ action: 'keep' })
  })

  it('retires at the deadline and not before', () => {
    const recycler = createRecycler()
    expect(recycler.decide(view({ deadlineAt: 100 }), quiet, 99.9)).toEqual({ action: 'keep' })
    expect(recycler.decide(view({ deadlineAt: 100 }), quiet, 100)).toEqual({
      action: 'retire',
      cause: 'lifetime',
    })
  })

  it('retires after its uses', () => {
    expect(createRecycler().decide(view({ uses: 5, maxUses: 5 }), quiet, 0)).toEqual({
      action: 'retire',
      cause: 'uses',
    })
    expect(createRecycler().decide(view({ uses: 4, maxUses: 5 }), quiet, 0)).toEqual({
      action: 'keep',
    })
  })

  it('retires for idleness, though never below min', () => {
    const idle = view({ idleMs: 10_000, idleTimeoutMs: 10_000 })
    const recycler = createRecycler()
    expect(recycler.decide(idle, { ...quiet, total: 5, unhealthy: 0, min: 4 }, 0)).toEqual({
      action: 'retire',
      cause: 'idle',
    })
    expect(recycler.decide(idle, { ...quiet, total: 4, unhealthy: 0, min: 4 }, 0)).toEqual({
      action: 'keep',
    })
    expect(recycler.decide(view({ idleTimeoutMs: 10_000 }), quiet, 0)).toEqual({ action: 'keep' })
  })

  it.each([
    ['high_latency', 'latency'],
    ['unresponsive', 'unresponsive'],
    ['wrong_role', 'role'],
    ['error_rate', 'faults'],
    ['stale_plan', 'plan'],
    ['transaction_leak', 'transaction'],
  ] as const)('evicts for %s with cause %s', (type, cause) => {
    const verdict = createRecycler().decide(view({ assessment: assessment(type) }), quiet, 0)
    expect(verdict).toEqual({ action: 'evict', cause })
  })

  it('names the certain cause before the statistical one', () => {
    const both = view({ assessment: assessment('high_latency', 'unresponsive') })
    expect(createRecycler().decide(both, quiet, 0)).toEqual({
      action: 'evict',
      cause: 'unresponsive',
    })
  })

  it('evicts nobody for what a fresh connection would not cure', () => {
    const blocked = view({ assessment: assessment('blocked', 'server_slow', 'locks_held') })
    expect(createRecycler().decide(blocked, quiet, 0)).toEqual({ action: 'keep' })
  })

  it('is held back by panic above half of the pool, save for what is certain', () => {
    const slow = view({ assessment: assessment('high_latency') })
    const recycler = createRecycler()
    expect(recycler.decide(slow, { ...quiet, total: 4, unhealthy: 2, min: 0 }, 0)).toEqual({
      action: 'evict',
      cause: 'latency',
    })
    expect(recycler.decide(slow, { ...quiet, total: 4, unhealthy: 3, min: 0 }, 0)).toEqual({
      action: 'keep',
      heldBack: 'panic',
    })
    const standby = view({ assessment: assessment('wrong_role') })
    expect(recycler.decide(standby, { ...quiet, total: 4, unhealthy: 4, min: 0 }, 0)).toEqual({
      action: 'evict',
      cause: 'role',
    })
  })

  it('is held back by the budget until the window has passed', () => {
    const slow = view({ assessment: assessment('high_latency') })
    const recycler = createRecycler()
    for (let evicted = 0; evicted < 2; evicted++) {
      expect(recycler.decide(slow, quiet, 0).action).toBe('evict')
      recycler.recordRecycle('latency', 0)
    }
    expect(recycler.decide(slow, quiet, 29_999)).toEqual({ action: 'keep', heldBack: 'budget' })
    expect(recycler.decide(slow, quiet, 30_000)).toEqual({ action: 'evict', cause: 'latency' })
  })

  it('always has budget for one', () => {
    const slow = view({ assessment: assessment('high_latency') })
    const pool = { ...quiet, total: 2, unhealthy: 1, min: 0 }
    expect(createRecycler({ maxEvictedRatio: 0 }).decide(slow, pool, 0).action).toBe('evict')
  })

  it('retires what is held back once its time has come', () => {
    const slow = view({ assessment: assessment('high_latency'), deadlineAt: 100 })
    expect(createRecycler({}, 'observe').decide(slow, quiet, 99)).toEqual({
      action: 'keep',
      heldBack: 'mode',
    })
    expect(createRecycler({}, 'observe').decide(slow, quiet, 100)).toEqual({
      action: 'retire',
      cause: 'lifetime',
    })
  })

  it('retires for the memory of its backend, if that is known and limited', () => {
    const limited = createRecycler({ maxBackendMemoryBytes: 2_000_000 })
    const verdict = (backendMemoryBytes: number | undefined) =>
      limited.decide(view({ backendMemoryBytes }), quiet, 0)
    expect(verdict(2_000_001)).toEqual({ action: 'retire', cause: 'memory' })
    expect(verdict(2_000_000)).toEqual({ action: 'keep' })
    expect(verdict(undefined)).toEqual({ action: 'keep' })
    const large = view({ backendMemoryBytes: 1e12 })
    expect(createRecycler().decide(large, quiet, 0)).toEqual({ action: 'keep' })
  })

  it('gives the same frozen verdict whenever it keeps', () => {
    const slow = view({ assessment: assessment('high_latency') })
    const panic = { ...quiet, unhealthy: 20 }
    for (const [connection, pool] of [
      [view(), quiet],
      [slow, panic],
    ] as const) {
      const recycler = createRecycler()
      const verdict = recycler.decide(connection, pool, 0)
      expect(Object.isFrozen(verdict)).toBe(true)
      expect(recycler.decide(connection, pool, 1)).toBe(verdict)
    }
  })
})

describe('counts', () => {
  it('counts by cause and gives out copies', () => {
    const recycler = createRecycler()
    recycler.recordRecycle('lost', 0)
    recycler.recordRecycle('lost', 0)
    recycler.recordRecycle('lifetime', 0)
    const { counts } = recycler
    Object.assign(counts, { lost: 99 })
    expect(recycler.counts).toMatchObject({ lost: 2, lifetime: 1, latency: 0 })
  })

  it('leaves the budget alone for certain causes', () => {
    const recycler = createRecycler({ ...recyclingDefaults })
    for (let index = 0; index < 100; index++) recycler.recordRecycle('lost', 0)
    expect(recycler.decide(view({ assessment: assessment('high_latency') }), quiet, 0).action).toBe(
      'evict',
    )
  })
})
