import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeStep, type FaultKind } from '../nemesis/fault.ts'
import { planFaults } from '../nemesis/plan.ts'
import { planRounds } from '../rounds.ts'

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const durations = fc.integer({ min: 1_000, max: 120_000 })

describe('planFaults', () => {
  it('depends on nothing but its seed and duration', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        expect(planFaults(seed, durationMs)).toEqual(planFaults(seed, durationMs))
      }),
    )
  })

  it('gives other faults for another seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(planFaults(seed, 60_000)).not.toEqual(planFaults(seed + 1, 60_000))
      }),
    )
  })

  it('keeps to the time of the run, in order, with one promotion at most', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        const plan = planFaults(seed, durationMs)
        const instants = plan.map(({ atMs }) => atMs)
        expect(instants).toEqual(instants.toSorted((one, other) => one - other))
        for (const atMs of instants) expect(atMs).toBeLessThan(durationMs)
        expect(plan.filter(({ fault }) => fault.kind === 'promote').length).toBeLessThan(2)
      }),
    )
  })

  it('knows every kind of fault, and combines several', () => {
    const plans = Array.from({ length: 50 }, (_, seed) => planFaults(seed, 60_000))
    const kinds = new Set(plans.flat().map(({ fault }) => fault.kind))
    expect([...kinds].toSorted()).toEqual(everyKind.toSorted())
    const isCombined = plans.every(
      (plan) => new Set(plan.map(({ atMs }) => atMs)).size < plan.length,
    )
    expect(isCombined).toBe(true)
  })

  it('can be printed', () => {
    const fault = { kind: 'freeze', target: 'all', forMs: 800 } as const
    expect(describeStep({ atMs: 12_345, fault })).toBe('12.3 s freeze target=all forMs=800')
  })
})

const everyKind: readonly FaultKind[] = [
  'block',
  'cancel',
  'cut',
  'delay',
  'drop-after',
  'evict-all',
  'freeze',
  'half-close',
  'lock',
  'promote',
  'recycle',
  'refuse',
  'reset',
  'resize',
  'restart',
  'suspend',
  'terminate',
  'throttle',
]

describe('planRounds', () => {
  it('cuts a long run into rounds of a minute, each with a seed of its own', () => {
    expect(planRounds(7, 150_000)).toEqual([
      { seed: 7, durationMs: 60_000 },
      { seed: 8, durationMs: 60_000 },
      { seed: 9, durationMs: 30_000 },
    ])
  })
})
