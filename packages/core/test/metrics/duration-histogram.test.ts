import { describe, expect, it } from 'vitest'
import { DurationHistogram, durationBoundsMs } from '../../src/metrics/duration-histogram.ts'
import { PoolDurations } from '../../src/metrics/pool-durations.ts'

function histogramOf(...durationsMs: readonly number[]) {
  const histogram = new DurationHistogram()
  for (const durationMs of durationsMs) histogram.record(durationMs)
  return histogram.snapshot()
}

describe('DurationHistogram', () => {
  it('puts a duration into the bucket whose upper bound it does not exceed', () => {
    for (const [index, boundMs] of durationBoundsMs.entries()) {
      const { buckets } = histogramOf(boundMs, boundMs + 0.001)
      expect(buckets.slice(index, index + 2)).toEqual([1, 1])
    }
  })
  it('counts and adds up', () => {
    expect(histogramOf(0, 1, 60_000)).toMatchObject({ count: 3, sumMs: 60_001 })
  })
  it('ignores what is no duration', () => {
    const { count, sumMs } = histogramOf(-1, Number.NaN, Number.POSITIVE_INFINITY)
    expect({ count, sumMs }).toEqual({ count: 0, sumMs: 0 })
  })
  it('has the bounds that the semantic conventions advise among its own', () => {
    expect(durationBoundsMs).toEqual(
      expect.arrayContaining([1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000]),
    )
  })
})

describe('PoolDurations', () => {
  it('keeps failures apart by their kind', () => {
    const durations = new PoolDurations()
    durations.recordFailure('deadlock', 1_000)
    durations.recordFailure('deadlock', 2_000)
    durations.recordFailure('other', 1)
    const { failures, statements } = durations.snapshot()
    expect(failures).toMatchObject({ deadlock: { count: 2 }, other: { count: 1 } })
    expect(statements.count).toBe(0)
  })
})
