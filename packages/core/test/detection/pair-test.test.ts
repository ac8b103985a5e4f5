import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PairTest } from '../../src/detection/pair-test.ts'

const rule = { ratio: 1.2, marginMs: 0.2 }

/** Asks pair after pair until the test has decided. */
function run(
  answer: (kind: 'network' | 'backend') => readonly [number | undefined, number | undefined],
): PairTest {
  const test = new PairTest(rule)
  while (test.verdict === 'open') {
    const kind = test.nextKind
    test.add(kind, ...answer(kind))
  }
  return test
}

describe('a pair test', () => {
  it('confirms a suspect that is slower on the link', () => {
    const test = run((kind) => (kind === 'network' ? [6, 1] : [9, 8]))
    expect(test.verdict).toBe('confirmed')
    const { pairs, lost, ...medians } = test.evidence
    expect(medians).toEqual({ probe: 'network', suspectMs: 6, referenceMs: 1 })
    expect(lost).toBe(pairs)
    expect(pairs).toBeGreaterThanOrEqual(4)
  })
  it('confirms a suspect whose backend alone is slow', () => {
    const test = run((kind) => (kind === 'network' ? [1, 1] : [6, 2]))
    expect(test.verdict).toBe('confirmed')
    expect(test.evidence).toMatchObject({ probe: 'backend', suspectMs: 6, referenceMs: 2 })
  })
  it('dismisses a suspect that is like the reference in both kinds', () => {
    expect(run(() => [1.1, 1]).verdict).toBe('dismissed')
  })
  it('does not count the first pair of a kind', () => {
    const test = new PairTest(rule)
    test.add('network', 500, 1)
    expect(test.evidence).toMatchObject({ pairs: 0, lost: 0 })
    test.add('network', 2, 1)
    expect(test.evidence).toMatchObject({ pairs: 1, lost: 1, suspectMs: 2 })
  })
  it('takes silence of the suspect for a loss, and silence of the reference for nothing', () => {
    expect(run(() => [undefined, 1]).verdict).toBe('confirmed')
    expect(run(() => [1, undefined]).verdict).toBe('undecided')
    expect(run(() => [undefined, undefined]).verdict).toBe('undecided')
  })
  it('does not confirm for what is within the rule', () => {
    expect(run(() => [1.39, 1]).verdict).toBe('dismissed')
    expect(run(() => [1.42, 1]).verdict).toBe('confirmed')
  })
  it('ends within 100 pairs, however they contradict each other', () => {
    for (let losses = 0; losses <= 8; losses++) {
      let pair = 0
      const test = run(() => {
        pair += 1
        return pair % 8 < losses ? [9, 1] : [1, 9]
      })
      expect(pair).toBeLessThanOrEqual(100)
      expect(test.verdict).not.toBe('open')
    }
  })
  it('asks each side first as often as the other', () => {
    const test = new PairTest(rule)
    let first = 0
    for (let pair = 0; pair < 40; pair++) {
      if (test.suspectFirst) first += 1
      test.add(test.nextKind, 3, 2)
    }
    expect(first).toBe(20)
  })
  it('ends for whatever it is told', () => {
    const time = fc.option(fc.double(), { nil: undefined })
    fc.assert(
      fc.property(fc.infiniteStream(fc.tuple(time, time)), (answers) => {
        const next = (): readonly [number | undefined, number | undefined] =>
          answers.next().value ?? [undefined, undefined]
        expect(run(next).verdict).not.toBe('open')
      }),
    )
  })
})
