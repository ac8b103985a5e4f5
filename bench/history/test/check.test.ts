import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHistory } from '../check/check.ts'
import { unmeasuredMs } from '../check/stalls.ts'
import type { Rule } from '../check/violation.ts'
import { databaseCorruptions } from './database-corruptions.ts'
import { createGoodHistory, entriesOf, type Observed } from './good-history.ts'
import { leaseCorruptions } from './lease-corruptions.ts'
import { waiterCorruptions } from './waiter-corruptions.ts'

const corruptions = [...databaseCorruptions, ...leaseCorruptions, ...waiterCorruptions]

function rulesOf({ history, database }: Observed): readonly Rule[] {
  return [...new Set(checkHistory(history, database).map(({ rule }) => rule))]
}

const anyWhere = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('checkHistory', () => {
  it('finds nothing in good histories of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (length) => {
        expect(rulesOf(createGoodHistory(length))).toEqual([])
      }),
    )
  })

  it.each(corruptions)('finds that $name, and nothing else', ({ rule, corrupt }) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), anyWhere, (length, pick) => {
        expect(rulesOf(corrupt(createGoodHistory(length), pick))).toEqual([rule])
      }),
    )
  })

  it('is not calmed by a second fault', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...corruptions),
        fc.constantFrom(...corruptions),
        anyWhere,
        (one, other, pick) => {
          fc.pre(one.rule !== other.rule)
          const both = other.corrupt(one.corrupt(createGoodHistory(5), pick), pick)
          expect(rulesOf(both)).not.toEqual([])
        },
      ),
    )
  })

  it('has a corruption for each rule', () => {
    expect(new Set(corruptions.map(({ rule }) => rule)).size).toBe(allRules.length)
  })
})

const allRules: readonly Rule[] = [
  'lost-write',
  'doubled-write',
  'undone-write',
  'torn-transaction',
  'stray-write',
  'balance',
  'lease-overlap',
  'dirty-lease',
  'sent-twice',
  'wrong-answer',
  'late-waiter',
  'stuck-caller',
  'above-max',
  'leaked-slot',
  'unexpected-error',
]

/** A good history whose refused caller is told that many ms late, of which the loop stood still for some. */
function lateBy(ms: number, stalledMs: number): Observed {
  const good = createGoodHistory()
  const [refused] = entriesOf(good, 'refused')
  if (refused === undefined) throw new Error('nobody is refused')
  const at = refused.at + ms
  const history = good.history.flatMap((each) => {
    if (each !== refused) return [each]
    return [{ kind: 'stalled', at: refused.at - 200, ms: stalledMs } as const, { ...refused, at }]
  })
  return { ...good, history }
}

describe('a deadline', () => {
  it('is put off by time in which the event loop stood still, and by no more', () => {
    expect(rulesOf(lateBy(400 + unmeasuredMs, 400))).toEqual([])
    expect(rulesOf(lateBy(402 + unmeasuredMs, 400))).toEqual(['late-waiter'])
  })

  it('is not put off by what happened before the caller came', () => {
    expect(rulesOf(lateBy(800 + unmeasuredMs, 1_800))).toEqual([])
    expect(rulesOf(lateBy(802 + unmeasuredMs, 5_000))).toEqual(['late-waiter'])
  })
})

describe('the size of a pool', () => {
  it('may stay above the limit after the limit was lowered, and may not grow then', () => {
    const good = createGoodHistory()
    const [rested] = entriesOf(good, 'rested')
    const sizes = (...totals: number[]): Observed => {
      const sized = totals.map((total) => ({ kind: 'sized', at: 0, total, limit: 3 }) as const)
      const before = { kind: 'sized', at: 0, total: 6, limit: 6 } as const
      const history = good.history.flatMap((each) =>
        each === rested ? [before, ...sized, each] : [each],
      )
      return { ...good, history }
    }
    expect(rulesOf(sizes(6, 5, 5, 4, 3))).toEqual([])
    expect(rulesOf(sizes(6, 5, 6))).toEqual(['above-max'])
  })
})
