import { durationBoundsMs } from '@hale/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeBuckets } from '../src/merge-buckets.ts'
import { advisedBoundsMs } from '../src/pool-metrics.ts'
import { durationsSince, spreadDurations } from '../src/spread-durations.ts'

/** From 1 µs to 2 min, as likely in each bucket as its logarithm is wide. */
const anyDuration = fc
  .integer({ min: -3_000, max: 5_079 })
  .map((exponent) => 10 ** (exponent / 1_000))
const anyDurations = fc.array(fc.oneof(anyDuration, fc.constantFrom(0, 1, 10_000, 30_000)), {
  maxLength: 200,
})

function countOf(durationsMs: readonly number[], boundsMs: readonly number[]): number[] {
  const buckets = new Array<number>(boundsMs.length + 1).fill(0)
  for (const durationMs of durationsMs) {
    const index = boundsMs.findIndex((boundMs) => durationMs <= boundMs)
    const bucket = index === -1 ? boundsMs.length : index
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  return buckets
}

function countsOf(durationsMs: readonly number[]) {
  const sumMs = durationsMs.reduce((sum, each) => sum + each, 0)
  return { count: durationsMs.length, sumMs, buckets: countOf(durationsMs, durationBoundsMs) }
}

describe('spreadDurations', () => {
  it('fills the same buckets with the same sum', () => {
    fc.assert(
      fc.property(anyDurations, (durationsMs) => {
        const counts = countsOf(durationsMs)
        const spread = spreadDurations(counts)
        const values = spread.flatMap(({ count, durationMs }) =>
          new Array<number>(count).fill(durationMs),
        )
        expect(countOf(values, durationBoundsMs)).toEqual(counts.buckets)
        const sumMs = values.reduce((sum, each) => sum + each, 0)
        expect(Math.abs(sumMs - counts.sumMs)).toBeLessThanOrEqual(1e-3 + counts.sumMs * 1e-5)
      }),
    )
  })
})

describe('durationsSince', () => {
  it('is what was counted after the earlier snapshot', () => {
    fc.assert(
      fc.property(anyDurations, anyDurations, (earlier, later) => {
        const since = durationsSince(countsOf(earlier), countsOf([...earlier, ...later]))
        expect(since.count).toBe(later.length)
        expect(since.buckets).toEqual(countsOf(later).buckets)
        expect(since.sumMs).toBeCloseTo(countsOf(later).sumMs, 3)
      }),
    )
  })
})

describe('mergeBuckets', () => {
  it('counts as if the durations had been counted in the advised buckets', () => {
    fc.assert(
      fc.property(anyDurations, (durationsMs) => {
        const merged = mergeBuckets(countsOf(durationsMs).buckets)
        expect(merged).toEqual(countOf(durationsMs, advisedBoundsMs))
      }),
    )
  })
})
