import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SwapChannel, SwapOutcomes } from '../../src/detection/swap-outcomes.ts'

const channels: readonly SwapChannel[] = ['shift', 'tail', 'error', 'ageing', 'liveness']

/** Swaps one after the other, each of which helped or did not. */
function learn(outcomes: SwapOutcomes, channel: SwapChannel, helped: readonly boolean[]): void {
  for (const each of helped) {
    outcomes.begin({ channel, oldLevel: 1, replacementId: 7 })
    outcomes.settle(7, each ? 0 : 1)
  }
}

const times = (count: number, helped: boolean): readonly boolean[] => Array(count).fill(helped)

describe('SwapOutcomes', () => {
  it('trusts a channel of which nothing is known', () => {
    const outcomes = new SwapOutcomes()
    for (const channel of channels) {
      expect(outcomes.trust(channel)).toBe(0.75)
      expect(outcomes.limitFactor(channel)).toBe(1)
    }
  })

  it('counts as help what leaves less than half of what was bad', () => {
    const outcomes = new SwapOutcomes()
    for (const [id, newLevel] of [0.99, 1, 2.5, -1].entries()) {
      outcomes.begin({ channel: 'tail', oldLevel: 2, replacementId: id })
      outcomes.settle(id, newLevel)
    }
    expect(outcomes.snapshot().tail).toMatchObject({ swaps: 4, helped: 2, pending: 0 })
  })

  it('bears two unlucky swaps, then raises the limit of that channel alone', () => {
    const outcomes = new SwapOutcomes()
    learn(outcomes, 'shift', times(2, false))
    expect(outcomes.limitFactor('shift')).toBe(1)
    learn(outcomes, 'shift', times(1, false))
    expect(outcomes.limitFactor('shift')).toBe(1.5)
    learn(outcomes, 'shift', times(4, false))
    expect(outcomes.limitFactor('shift')).toBe(3)
    expect(outcomes.limitFactor('tail')).toBe(1)
  })

  it('forgives a channel that failed for long once its swaps help', () => {
    const outcomes = new SwapOutcomes()
    learn(outcomes, 'error', times(10_000, false))
    expect(outcomes.limitFactor('error')).toBe(3)
    learn(outcomes, 'error', times(60, true))
    expect(outcomes.limitFactor('error')).toBe(1)
  })

  it('learns nothing where there was nothing to improve, and nothing from what is unknown', () => {
    const outcomes = new SwapOutcomes()
    for (const oldLevel of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      outcomes.begin({ channel: 'ageing', oldLevel, replacementId: 1 })
      expect(outcomes.snapshot().ageing.pending).toBe(0)
    }
    outcomes.begin({ channel: 'ageing', oldLevel: 1, replacementId: 1 })
    outcomes.settle(1, Number.NaN)
    outcomes.settle(2, 0)
    expect(outcomes.snapshot().ageing).toEqual({
      swaps: 0,
      helped: 0,
      pending: 0,
      trust: 0.75,
      limitFactor: 1,
    })
  })

  it('counts a swap once, and one whose replacement was forgotten not at all', () => {
    const outcomes = new SwapOutcomes()
    outcomes.begin({ channel: 'shift', oldLevel: 1, replacementId: 1 })
    outcomes.begin({ channel: 'shift', oldLevel: 1, replacementId: 2 })
    expect(outcomes.snapshot().shift.pending).toBe(2)
    outcomes.forget(1)
    for (const id of [1, 2, 2]) outcomes.settle(id, 0)
    expect(outcomes.snapshot().shift).toMatchObject({ swaps: 1, helped: 1, pending: 0 })
  })

  it('watches 64 swaps at most and gives up the oldest', () => {
    const outcomes = new SwapOutcomes()
    for (let id = 0; id < 100; id++) {
      outcomes.begin({ channel: 'shift', oldLevel: 1, replacementId: id })
    }
    expect(outcomes.snapshot().shift.pending).toBe(64)
    outcomes.settle(35, 0)
    expect(outcomes.snapshot().shift.swaps).toBe(0)
    outcomes.settle(36, 0)
    expect(outcomes.snapshot().shift.swaps).toBe(1)
  })

  it('keeps trust between 0 and 1, and as plain JSON, whatever comes out', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (helped) => {
        const outcomes = new SwapOutcomes()
        learn(outcomes, 'shift', helped)
        const { trust } = outcomes.snapshot().shift
        expect(trust).toBeGreaterThan(0)
        expect(trust).toBeLessThan(1)
        expect(JSON.parse(JSON.stringify(outcomes.snapshot()))).toEqual(outcomes.snapshot())
      }),
    )
  })
})
