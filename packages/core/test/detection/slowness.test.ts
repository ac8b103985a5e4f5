import { describe, expect, it } from 'vitest'
import { Slowness } from '../../src/detection/slowness.ts'

/** One period in which each of 5 fingerprints ran so often, 1 ms to 10 s as usual. */
function period(slowness: Slowness, factor: number, runs = 40): ReturnType<Slowness['renew']> {
  for (let slot = 0; slot < 5; slot++) {
    for (let run = 0; run < runs; run++) slowness.record(slot, factor * 10 ** slot)
  }
  return slowness.renew()
}

describe('slowness', () => {
  it('is 1 while nothing is known, and while all is as usual', () => {
    const slowness = new Slowness()
    expect(slowness.renew()).toEqual({ ratio: 1, sampleRuns: 0 })
    expect(period(slowness, 1)).toEqual({ ratio: 1, sampleRuns: 0 })
    expect(period(slowness, 1).ratio).toBeCloseTo(1)
  })

  it('is how many times as long everything takes', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    const { ratio, sampleRuns } = period(slowness, 3)
    expect(ratio).toBeCloseTo(3, 1)
    expect(sampleRuns).toBe(200)
    expect(period(slowness, 1).ratio).toBeCloseTo(1, 0)
  })

  it('does not change with the mix of statements', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    for (let run = 0; run < 5_000; run++) slowness.record(4, 10_000)
    expect(slowness.renew().ratio).toBeCloseTo(1)
  })

  it('is not decided by the busiest statement alone', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    for (let run = 0; run < 100_000; run++) slowness.record(0, 1_000)
    expect(period(slowness, 1).ratio).toBeLessThan(10)
  })

  it('leaves out statements that ran too seldom', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    slowness.record(0, 1e6)
    expect(slowness.renew()).toEqual({ ratio: 1, sampleRuns: 0 })
  })

  it('gets used to what lasts', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    const first = period(slowness, 3).ratio
    for (let at = 0; at < 300; at++) period(slowness, 3)
    expect(period(slowness, 3).ratio).toBeLessThan(first / 2)
    expect(period(slowness, 3).ratio).toBeCloseTo(1, 1)
  })

  it('knows nothing of a fingerprint whose slot has a new owner', () => {
    const slowness = new Slowness()
    for (let at = 0; at < 10; at++) period(slowness, 1)
    for (let slot = 0; slot < 5; slot++) slowness.forgetSlot(slot)
    expect(period(slowness, 50)).toEqual({ ratio: 1, sampleRuns: 0 })
  })
})
