import { describe, expect, it } from 'vitest'
import { scenarioNamed } from '../fleet/scenarios.ts'
import type { Outcome } from '../fleet/simulate.ts'
import { rangeOf, summarise } from '../fleet/summarise.ts'
import { fitExponent } from '../growth/fit.ts'

function outcome(recoveries: readonly number[]): Outcome {
  return {
    scenario: 'restart',
    variant: 'hale',
    instances: 4,
    seed: 1,
    dialled: [...Array.from({ length: 30 }, () => 1), 9],
    loggedIn: [],
    attempts: { refused: 0, starting: 0, tooMany: 0, abandoned: 0, loggedIn: 0 },
    recoveries,
    callers: 10,
    failures: 1,
    untold: 0,
    longestMs: 5,
    mostSessions: 3,
  }
}

describe('summarise', () => {
  const variant = { name: 'hale', label: 'Hale' }
  const scenario = scenarioNamed('restart')
  const found = summarise(
    variant,
    [outcome([100, 200, 300, 400]), outcome([150, 250, 350])],
    scenario,
  )
  it('says when shares of the instances served again, and what never happened', () => {
    expect(found.half).toEqual({ least: 200, median: 250, most: 250 })
    expect(found.all).toEqual({ least: 400, median: null, most: null })
  })
  it('counts attempts per second while the server is down, and from then on', () => {
    expect(found.peakWhileDown.median).toBe(18)
    expect(found.peakOnceBack.median).toBe(0)
  })
  it('draws the share that serves step by step', () => {
    expect(found.serving.slice(0, 5)).toEqual([0, 0.25, 0.5, 0.75, 1])
  })
})

describe('rangeOf', () => {
  it('gives least, median and most', () => {
    expect(rangeOf([3, 1, 2])).toEqual({ least: 1, median: 2, most: 3 })
  })
})

describe('fitExponent', () => {
  const sizes = [10, 100, 1_000]
  it.each([0, 0.5, 1, 2])('finds the power of a law: %d', (power) => {
    const points = sizes.map((size) => ({ size, cost: 7 * size ** power }))
    expect(fitExponent(points)).toBeCloseTo(power)
  })
  it('needs two sizes, and costs above 0', () => {
    expect(() => fitExponent([{ size: 1, cost: 1 }])).toThrow(RangeError)
    expect(() => fitExponent(sizes.map((size) => ({ size, cost: 0 })))).toThrow(RangeError)
  })
})
