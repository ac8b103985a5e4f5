import { describe, expect, it } from 'vitest'
import type { Operation, Outcome } from '../contender/messages.ts'
import { figuresOf, healedAfterMs, percentile, splitByFault } from '../stage/measure.ts'

const times = { beganAt: 0, struckAt: 1_000, undoneAt: 5_000, endedAt: 6_000 }

function operation(startedAt: number, endedAt: number, outcome: Outcome = 'done'): Operation {
  return { operation: 'report', orm: 'kysely', startedAt, endedAt, outcome }
}

/** One operation every 100 ms, from the fault to its end. */
function steady(): Operation[] {
  return Array.from({ length: 40 }, (_, index) =>
    operation(1_000 + index * 100, 1_010 + index * 100),
  )
}

describe('percentile', () => {
  it('gives the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([percentile(values, 0.5), percentile(values, 0.99)]).toEqual([50, 99])
  })

  it('is undefined for no values', () => {
    expect(percentile([], 0.5)).toBeUndefined()
  })
})

describe('figuresOf', () => {
  it('counts failed operations in the latencies too', () => {
    const figures = figuresOf([operation(0, 10), operation(0, 2_000, 'failed')], 1_000)
    expect(figures).toMatchObject({ operations: 2, failures: 1, slowestMs: 2_000 })
  })

  it('takes what the shop refused for no failure', () => {
    expect(figuresOf([operation(0, 10, 'refused')], 1_000).failures).toBe(0)
  })
})

describe('splitByFault', () => {
  it('counts what the fault caught under way as during', () => {
    const caught = operation(900, 1_100)
    expect(splitByFault([caught], times)).toEqual({ before: [], during: [caught], after: [] })
  })

  it('counts what outlived the fault as during', () => {
    const late = operation(4_900, 5_100)
    expect(splitByFault([late], times)).toEqual({ before: [], during: [late], after: [] })
  })
})

describe('healedAfterMs', () => {
  it('is 0 when nothing was felt', () => {
    expect(healedAfterMs(steady(), times, undefined)).toBe(0)
  })

  it('is the last failure', () => {
    expect(healedAfterMs([...steady(), operation(1_000, 3_000, 'failed')], times, undefined)).toBe(
      2_000,
    )
  })

  it('is the last use of the broken connection', () => {
    expect(healedAfterMs(steady(), times, 2_500)).toBe(1_500)
  })

  it('is the end of the last standstill', () => {
    const restarted = steady().filter(({ endedAt }) => endedAt > 3_000)
    expect(healedAfterMs(restarted, times, undefined)).toBe(2_010)
  })

  it('is undefined when the broken connection was used until the end', () => {
    expect(healedAfterMs(steady(), times, 4_900)).toBeUndefined()
  })

  it('is undefined when nothing is done any more', () => {
    expect(healedAfterMs(steady().slice(0, 10), times, undefined)).toBeUndefined()
  })
})
