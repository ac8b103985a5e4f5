import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IssueType } from '../../src/index.ts'
import { isStatistical } from '../../src/recycling/evict-cause-of.ts'
import { assessed, assessment, createRecycler, quiet, view } from './views.ts'

const bases = fc.constantFrom('duel', 'stalls', 'ageing', 'limit')
const slow = bases.map((basis) => assessed([{ type: 'high_latency', evidence: { basis } }]))
const anyhow = fc.oneof(
  slow,
  fc.constantFrom(
    assessment(),
    assessment('error_rate'),
    assessment('wrong_role'),
    assessment('unresponsive', 'high_latency'),
  ),
)
/** Sweeps over a pool: who is how, after how long, and whether a successor could be opened. */
const sweeps = fc.array(
  fc.record({
    waitMs: fc.nat(20_000),
    assessments: fc.array(anyhow, { minLength: 12, maxLength: 12 }),
    unhealthy: fc.nat(12),
    canReplace: fc.boolean(),
    deadlineAt: fc.constantFrom(0, Number.POSITIVE_INFINITY),
  }),
  { maxLength: 60 },
)

describe('ConnectionRecycler', () => {
  it('never evicts in observe mode', () => {
    const types = fc.constantFrom<IssueType>(
      'high_latency',
      'error_rate',
      'unresponsive',
      'wrong_role',
      'deadlocks',
    )
    fc.assert(
      fc.property(fc.array(types), fc.nat(100), fc.nat(100), fc.nat(), (found, total, bad, now) => {
        const pool = { ...quiet, total, unhealthy: bad }
        const connection = view({ assessment: assessment(...found) })
        expect(createRecycler({}, 'observe').decide(connection, pool, now).action).toBe('keep')
      }),
    )
  })

  it('never evicts more on statistics per window than the budget', () => {
    const ratios = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(sweeps, ratios, (all, maxEvictedRatio) => {
        const recycler = createRecycler({ maxEvictedRatio, panicRatio: 1 })
        const ids = Array.from({ length: 12 }, (_, index) => index)
        const evictedAt: number[] = []
        let now = 0
        let nextId = 12
        for (const { waitMs, assessments, canReplace } of all) {
          now += waitMs
          for (const [index, each] of assessments.entries()) {
            const connectionId = ids[index] ?? 0
            const pool = { ...quiet, total: 12, min: 12, canReplace }
            const verdict = recycler.decide(view({ connectionId, assessment: each }), pool, now)
            if (verdict.action !== 'evict') continue
            if (isStatistical(verdict.cause)) evictedAt.push(now)
            recycler.recordReplacement(connectionId, nextId, now)
            recycler.recordRecycle(verdict.cause, now, connectionId)
            recycler.forget(connectionId)
            ids[index] = nextId++
          }
        }
        const budget = Math.max(1, Math.floor(maxEvictedRatio * 12))
        for (const end of evictedAt) {
          const inWindow = evictedAt.filter((at) => at <= end && at > end - 30_000)
          expect(inWindow.length).toBeLessThanOrEqual(budget)
        }
      }),
    )
  })

  it('never goes below the warm floor without a successor, save for what is certain', () => {
    fc.assert(
      fc.property(sweeps, fc.nat(12), (all, min) => {
        const recycler = createRecycler({ maxEvictedRatio: 1, panicRatio: 1 })
        let now = 0
        let total = 12
        for (const { waitMs, assessments, unhealthy, canReplace, deadlineAt } of all) {
          now += waitMs
          for (const each of assessments) {
            if (total === 0) return
            const pool = { total, unhealthy, min, canReplace }
            const verdict = recycler.decide(view({ assessment: each, deadlineAt }), pool, now)
            if (verdict.action === 'keep') continue
            const isCertain = verdict.action === 'evict' && !isStatistical(verdict.cause)
            const leavesGap = !canReplace || isCertain
            if (leavesGap) total -= 1
            if (leavesGap && !isCertain) expect(total).toBeGreaterThanOrEqual(min)
            recycler.recordRecycle(verdict.cause, now)
          }
        }
      }),
    )
  })

  it('evicts in one lineage at growing distances for as long as each replacement is bad', () => {
    const waits = fc.array(fc.nat(120_000), { minLength: 20, maxLength: 400 })
    fc.assert(
      fc.property(waits, fc.integer({ min: 1_000, max: 200_000 }), (all, flapBackoffMs) => {
        const recycler = createRecycler({ flapBackoffMs })
        const evictedAt: number[] = []
        let now = 0
        let connectionId = 1
        for (const waitMs of all) {
          now += waitMs
          const bad = view({ connectionId, assessment: assessment('high_latency') })
          if (recycler.decide(bad, quiet, now).action !== 'evict') continue
          recycler.recordReplacement(connectionId, connectionId + 1, now)
          recycler.recordRecycle('latency', now, connectionId)
          recycler.forget(connectionId)
          connectionId += 1
          evictedAt.push(now)
        }
        for (let index = 1; index < evictedAt.length; index++) {
          const gapMs = (evictedAt[index] ?? 0) - (evictedAt[index - 1] ?? 0)
          const backoffMs = Math.min(1_800_000, flapBackoffMs * 2 ** (index - 1))
          expect(gapMs).toBeGreaterThanOrEqual(backoffMs)
        }
      }),
    )
  })
})
