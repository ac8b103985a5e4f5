import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from '../../src/metrics/latency-histogram.ts'

/** A bucket's ratio, and what the lookup by leading bits may be off by at its edges. */
const worstFactor = 10 ** (1 / 9) * 1.03

function filled(durations: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram(0)
  for (const durationMs of durations) histogram.add(durationMs)
  return histogram
}

describe('LatencyHistogram', () => {
  it('has no quantile below 8 statements', () => {
    const histogram = filled([1, 1, 1, 1, 1, 1, 1])
    expect(histogram.quantile(0.5, 0)).toBeUndefined()
    histogram.add(1)
    expect(histogram.quantile(0.5, 0)).toBeCloseTo(1, 0)
  })

  it('comes close to every quantile from 0.01 ms to 100 s', () => {
    const durations = fc.array(fc.double({ min: -2, max: 5, noNaN: true }), {
      minLength: 8,
      maxLength: 300,
    })
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (exponents, q) => {
        const ascending = exponents.map((exponent) => 10 ** exponent).sort((a, b) => a - b)
        const exact = ascending[Math.max(0, Math.ceil(q * ascending.length - 1e-9) - 1)] ?? 0
        const found = filled(ascending).quantile(q, 0) ?? 0
        expect(Math.max(found / exact, exact / found)).toBeLessThanOrEqual(worstFactor)
      }),
      { numRuns: 500 },
    )
  })

  it('ascends with q', () => {
    const durations = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 8 })
    fc.assert(
      fc.property(durations, (all) => {
        const histogram = filled(all)
        const quantiles = [0, 0.1, 0.5, 0.9, 0.95, 0.99, 1].map(
          (q) => histogram.quantile(q, 0) ?? 0,
        )
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b))
      }),
    )
  })

  it('holds what is too short or too long in its end buckets', () => {
    expect(filled(Array(8).fill(0)).quantile(0.5, 0)).toBeLessThan(0.013)
    const longest = filled(Array(8).fill(1e300)).quantile(0.99, 0) ?? 0
    expect(longest).toBeGreaterThan(99_000)
    expect(longest).toBeLessThan(130_000)
  })

  it('halves its weight every minute and moves no quantile by that', () => {
    const histogram = filled([...Array(60).fill(1), ...Array(40).fill(100)])
    const before = histogram.quantile(0.9, 0)
    histogram.renew(60_000)
    expect(histogram.weight(60_000)).toBeCloseTo(50)
    expect(histogram.quantile(0.9, 60_000)).toBeCloseTo(before ?? 0, 9)
  })

  it('is the same however often it is renewed', () => {
    const often = filled(Array(100).fill(5))
    for (let now = 250; now <= 60_000; now += 250) often.renew(now)
    const once = filled(Array(100).fill(5))
    expect(often.weight(60_000)).toBeCloseTo(once.weight(60_000), 6)
  })

  it('forgets: what is new prevails after some minutes', () => {
    const histogram = filled(Array(1_000).fill(1))
    histogram.renew(600_000)
    for (let index = 0; index < 20; index++) histogram.add(50)
    expect(histogram.quantile(0.5, 600_000)).toBeGreaterThan(40)
  })

  it('has nothing to say of what was long ago', () => {
    expect(filled(Array(100).fill(1)).quantile(0.5, 600_000)).toBeUndefined()
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5])('survives a renewal at %s', (now) => {
    const histogram = filled(Array(8).fill(1))
    histogram.renew(now)
    expect(histogram.weight(0)).toBe(8)
    histogram.renew(60_000)
    expect(histogram.weight(60_000)).toBeCloseTo(4)
  })
})
