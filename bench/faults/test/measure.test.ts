import { describe, expect, it } from 'vitest'
import {
  auditWrites,
  type CellTimes,
  countStuck,
  healedAfterMs,
  longestStallOf,
} from '../measure.ts'
import type { Operation } from '../messages.ts'

const times: CellTimes = { beganAt: 0, struckAt: 5_000, resumedAt: 5_000, endedAt: 20_000 }

/** One operation every 10 ms, each of which takes `tookMs`. */
function steady(from: number, to: number, tookMs: number): Operation[] {
  return Array.from({ length: (to - from) / 10 }, (_, n) =>
    operation(from + n * 10, from + n * 10 + tookMs),
  )
}

function operation(
  startedAt: number,
  endedAt: number | undefined,
  more: Partial<Operation> = {},
): Operation {
  return { kind: 'write', startedAt, endedAt, tags: [], ...more }
}

describe('healedAfterMs', () => {
  it('is 0 when nothing slowed down', () => {
    expect(healedAfterMs(steady(0, 20_000, 5), times, 5)).toBe(0)
  })

  it('is where the first span of usual latencies begins', () => {
    const slow = [...steady(0, 5_000, 5), ...steady(5_000, 9_000, 100), ...steady(9_000, 20_000, 5)]
    const healedMs = healedAfterMs(slow, times, 5)
    // the last percent of a span may still be slow: 3 of 300 operations
    expect(healedMs).toBeGreaterThanOrEqual(3_900)
    expect(healedMs).toBeLessThanOrEqual(4_000)
  })

  it('waits for the last failure', () => {
    const failed = operation(8_000, 8_005, { error: 'connection terminated' })
    expect(healedAfterMs([...steady(0, 20_000, 5), failed], times, 5)).toBe(3_005)
  })

  it('is undefined when it never ends', () => {
    const slow = [...steady(0, 5_000, 5), ...steady(5_000, 20_000, 100)]
    expect(healedAfterMs(slow, times, 5)).toBeUndefined()
  })

  it('is undefined when nothing is answered any more', () => {
    expect(healedAfterMs(steady(0, 5_000, 5), times, 5)).toBeUndefined()
  })
})

describe('longestStallOf', () => {
  it('counts a caller without an answer until the end', () => {
    expect(longestStallOf([operation(6_000, undefined)], times)).toBe(14_000)
  })

  it('leaves out what ended before the fault, and what came after the end', () => {
    const operations = [operation(0, 4_000), operation(19_000, 30_000)]
    expect(longestStallOf(operations, times)).toBe(1_000)
  })

  it('leaves out the time in which the process itself stood still', () => {
    const frozen = { ...times, resumedAt: 10_000 }
    expect(longestStallOf([operation(4_990, 10_200)], frozen)).toBe(200)
  })
})

describe('countStuck', () => {
  it('counts callers who waited longer than any timeout lets them', () => {
    const operations = [
      operation(6_000, undefined),
      operation(6_000, 30_000),
      operation(6_000, 11_000),
      operation(19_000, undefined),
    ]
    expect(countStuck(operations, 20_000)).toBe(2)
  })
})

describe('auditWrites', () => {
  it('misses acknowledged writes, and counts rows that are there twice or that nobody committed', () => {
    const operations = [
      operation(0, 1, { tags: ['there'] }),
      operation(0, 1, { tags: ['twice'] }),
      operation(0, 1, { tags: ['missing-a', 'missing-b'] }),
      operation(0, 1, { tags: ['rejected'], error: 'lost' }),
      operation(0, undefined, { tags: ['unanswered'] }),
    ]
    const rows = new Map([
      ['there', 1],
      ['twice', 2],
      ['errand-1-left-open', 1],
    ])
    expect(auditWrites(operations, rows)).toEqual({ lost: 2, doubled: 1, strays: 1 })
  })
})
