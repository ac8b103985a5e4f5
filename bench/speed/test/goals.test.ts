import { describe, expect, it } from 'vitest'
import { compare } from '../../interleaving.ts'
import type { Sample } from '../../scenario.ts'
import { cpu, goalOf, throughput } from '../parts/work-part.ts'
import type { SpeedName } from '../speed-name.ts'

/** A round in which everybody did the same work, at so many ms of CPU and of time. */
function roundOf(ms: Partial<Record<SpeedName, number>>): ReadonlyMap<SpeedName, Sample> {
  const samples = Object.entries(ms).map(([name, each]) => {
    return [name as SpeedName, { count: 1_000, wallMs: each, cpuMs: each }] as const
  })
  return new Map(samples)
}

const rounds = [
  roundOf({ 'pg-pool': 100, 'hale-pg': 101, 'pg-pool again': 99 }),
  roundOf({ 'pg-pool': 200, 'hale-pg': 206, 'pg-pool again': 204 }),
  roundOf({ 'pg-pool': 50, 'hale-pg': 51, 'pg-pool again': 50 }),
]

describe('comparing in rounds', () => {
  it('takes the median of the ratios within a round, whatever the rounds were like', () => {
    const { ratio, value } = compare(rounds, 'hale-pg', 'pg-pool', cpu.of)
    expect(ratio.median).toBeCloseTo(1.02, 9)
    expect(value.median).toBeCloseTo(101, 9)
  })

  it('has a ratio of 1 for the baseline itself', () => {
    expect(compare(rounds, 'pg-pool', 'pg-pool', cpu.of).ratio).toEqual({
      p10: 1,
      median: 1,
      p90: 1,
    })
  })
})

describe('a goal', () => {
  const atMost = (bound: number) =>
    goalOf({ what: 'CPU', subject: 'hale-pg', measure: cpu, atMost: bound })

  it('holds up to its bound', () => {
    expect(atMost(1.021)({ case: '1 caller', rounds }).holds).toBe(true)
    expect(atMost(1.019)({ case: '1 caller', rounds }).holds).toBe(false)
  })

  it('compares with both processes of pg-pool together', () => {
    const round = roundOf({ 'pg-pool': 90, 'pg-pool again': 110, 'hale-pg': 100 })
    expect(atMost(1)({ case: '1 caller', rounds: [round] })).toMatchObject({ ratio: 1 })
  })

  it('is named after its case', () => {
    expect(atMost(1)({ case: '64 callers', rounds }).goal.name).toBe('CPU, 64 callers')
  })

  it('has what pg-pool does to itself as its noise', () => {
    const { measured } = atMost(1)({ case: '1 caller', rounds })
    expect(measured?.noise.median).toBeCloseTo(1, 9)
    expect(measured?.noise.p90).toBeGreaterThan(1)
  })

  it('compares an adapter with the same ORM on pg-pool', () => {
    const round = roundOf({ 'pg-pool': 10, kysely: 40, 'hale-kysely': 20, 'pg-pool again': 10 })
    const goal = goalOf({ what: '', subject: 'hale-kysely', measure: throughput, atLeast: 2 })
    expect(goal({ case: '', rounds: [round] })).toMatchObject({ holds: true, ratio: 2 })
  })
})
