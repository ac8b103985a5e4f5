import { describe, expect, it } from 'vitest'
import { limitFor, runsBetweenAlarms, shiftDrift } from '../../src/detection/false-alarm-budget.ts'
import { createRandom } from './random.ts'

/** Mean run length of the CUSUM itself, over normal scores. */
function simulate(limit: number, alarms: number): number {
  const random = createRandom(7)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let runs = 0
  let sum = 0
  for (let found = 0; found < alarms; ) {
    runs += 1
    sum = Math.max(0, sum + normal() - shiftDrift)
    if (sum <= limit) continue
    found += 1
    sum = 0
  }
  return runs / alarms
}

describe('the false-alarm budget', () => {
  it('says how far apart false alarms of the CUSUM are', () => {
    expect(runsBetweenAlarms(4, 1) / simulate(4, 4_000)).toBeCloseTo(1, 0)
  })
  it('raises the limit for a rarer alarm and for noisier scores', () => {
    expect(limitFor(1e6, 1)).toBeGreaterThan(limitFor(1e4, 1))
    expect(limitFor(1e4, 3)).toBeGreaterThan(limitFor(1e4, 1))
  })
  it('gives a limit that keeps the budget', () => {
    expect(runsBetweenAlarms(limitFor(1e5, 2), 2)).toBeCloseTo(1e5, -1)
  })
  it('stays within 6 and 60', () => {
    expect(limitFor(1, 1)).toBeCloseTo(6)
    expect(limitFor(Number.NaN, 1)).toBeLessThanOrEqual(60)
    expect(limitFor(1e300, 6)).toBeCloseTo(60)
  })
})
