import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerRatio, posteriorRatio } from '../../src/issues/ratio-posterior.ts'

/** Share of Beta(alpha, beta) below x, by summing its density in log steps around its mode. */
function betaShareBelow(x: number, alpha: number, beta: number): number {
  const steps = 20_000
  let below = 0
  let all = 0
  const mode = Math.max(1e-9, (alpha - 1) / (alpha + beta - 2))
  const peak = (alpha - 1) * Math.log(mode) + (beta - 1) * Math.log1p(-mode)
  for (let step = 0; step < steps; step++) {
    const at = (step + 0.5) / steps
    const density = Math.exp((alpha - 1) * Math.log(at) + (beta - 1) * Math.log1p(-at) - peak)
    all += density
    if (at < x) below += density
  }
  return below / all
}

describe('the posterior of a ratio', () => {
  it.each([
    [3, 32],
    [3, 200],
    [10, 100],
    [50, 1_000],
    [30, 32],
  ])('has %d of %d above its lower bound with 95 %', (events, attempts) => {
    const alpha = events + 8e-4
    const lower = lowerRatio(events, attempts, undefined)
    const share = betaShareBelow(lower, alpha, attempts + 8 - alpha)
    expect(share).toBeGreaterThan(0.045)
    expect(share).toBeLessThan(0.055)
  })

  it('lies between nothing and its mean, whatever the counts', () => {
    const counts = fc.tuple(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    )
    fc.assert(
      fc.property(counts, ([events, attempts, others]) => {
        const ratio = posteriorRatio(events, attempts, others)
        const lower = lowerRatio(events, attempts, others)
        expect(ratio).toBeLessThanOrEqual(1)
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(lower).toBeLessThanOrEqual(ratio)
      }),
    )
  })

  it('comes closer to the ratio the more was seen', () => {
    const bounds = [32, 320, 3_200, 32_000].map((n) => lowerRatio(n / 10, n, undefined))
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b))
    expect(bounds.at(-1)).toBeCloseTo(0.1, 2)
    expect(bounds[0]).toBeLessThan(0.05)
  })

  it('starts from what the others have', () => {
    expect(posteriorRatio(0, 0, 0.2)).toBeCloseTo(0.2)
    expect(posteriorRatio(0, 0, undefined)).toBeLessThan(0.001)
    expect(posteriorRatio(5, 100, 0.2)).toBeGreaterThan(posteriorRatio(5, 100, 0))
  })

  it('knows nothing for certain without an event', () => {
    expect(lowerRatio(0, 0, undefined)).toBe(0)
    expect(lowerRatio(0, 10_000, undefined)).toBe(0)
  })
})
