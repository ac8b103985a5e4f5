import { describe, expect, it } from 'vitest'
import { UsageError } from '../../command-line.ts'
import { readOptions } from '../options.ts'
import { judgeGoals } from '../report/goals.ts'
import { summarise } from '../report/summary.ts'
import { type FaultRecord, isMassRecycling } from '../runner/recorder.ts'
import type { Outcome } from '../runner/run.ts'

function falseRecyclesAt(...instants: readonly number[]) {
  return instants.map((at, index) => ({ connectionId: index, at, cause: 'latency' as const }))
}

function outcome(changes: Partial<Outcome>): Outcome {
  return {
    scenario: 'link-20ms',
    seed: 1,
    contender: 'ours',
    statements: 10e6,
    simulatedMs: 3_600_000,
    utilisation: 0.4,
    shed: 0,
    faults: [],
    falseRecycles: [],
    trueRecycles: 0,
    plannedRecycles: 0,
    connections: 20,
    networkProbes: 0,
    backendProbes: 0,
    candidates: 0,
    isMassRecycling: false,
    tookMs: 1,
    ...changes,
  }
}

const found: FaultRecord = { connectionId: 1, beganAt: 60_000, foundAt: 64_000, statements: 9 }
const missed: FaultRecord = { connectionId: 2, beganAt: 60_000 }

describe('isMassRecycling', () => {
  it('lets a tenth of the pool go within 30 s, and no more', () => {
    expect(isMassRecycling(falseRecyclesAt(0, 10_000), 20)).toBe(false)
    expect(isMassRecycling(falseRecyclesAt(0, 10_000, 29_000), 20)).toBe(true)
    expect(isMassRecycling(falseRecyclesAt(0, 10_000, 31_000), 20)).toBe(false)
  })

  it('lets one go in the smallest pool', () => {
    expect(isMassRecycling(falseRecyclesAt(0), 2)).toBe(false)
    expect(isMassRecycling(falseRecyclesAt(0, 1), 2)).toBe(true)
  })
})

describe('a summary', () => {
  it('counts faults over all runs and leaves the missed ones out of the times', () => {
    const outcomes = [
      outcome({ faults: [found, missed], trueRecycles: 1 }),
      outcome({ falseRecycles: falseRecyclesAt(1), contender: 'ours' }),
      outcome({ faults: [missed], contender: 'static' }),
    ]
    expect(summarise('ours', outcomes)).toMatchObject({
      runs: 2,
      recall: 0.5,
      precision: 0.5,
      falsePerMillion: 0.05,
      detectMs: { median: 4_000, p95: 4_000 },
    })
  })

  it('knows no recall without a fault', () => {
    expect(summarise('ours', [outcome({})])).toMatchObject({ recall: undefined })
  })
})

describe('goals', () => {
  it('are judged by enough statements only', () => {
    const holds = (count: number): unknown => {
      const runs = Array.from({ length: count }, () =>
        outcome({ faults: [found], trueRecycles: 1 }),
      )
      return judgeGoals(runs).map((verdict) => verdict.holds)
    }
    expect(holds(1)).toEqual([true, true, undefined, true, true, undefined])
    expect(holds(2)).toEqual([true, true, true, true, true, undefined])
  })
})

describe('readOptions', () => {
  const read = (...args: readonly string[]) => readOptions(args, ['healthy', 'stalls'], 2)

  it('tunes and reports on different seeds', () => {
    const tuning = read('--tuning', '--seeds', '999').seeds
    expect(tuning.filter((seed) => read().seeds.includes(seed))).toEqual([])
  })

  it.each([
    ['--seeds', '0'],
    ['--only', 'healthy,other'],
    ['--contenders', ''],
    ['--trace', 'healthy'],
    ['--nothing'],
  ])('says what is wrong with %s %s', (...args) => {
    expect(() => read(...args)).toThrow(UsageError)
  })
})
