import { describe, expect, it } from 'vitest'
import type { Results } from '../../proof/results.ts'
import { historySection, type SavedRun } from '../section.ts'
import { addTallies, countFaults, emptyTally, tallyRound } from '../tally.ts'
import { createGoodHistory } from './good-history.ts'

const violation = { rule: 'lost-write', evidence: '#1-1-1#' } as const

function tallyOf(violations: readonly (typeof violation)[]) {
  return tallyRound({ seed: 1, durationMs: 60_000, violations, ...createGoodHistory(2) })
}

function resultsOf(tally: SavedRun['tally']): Results<SavedRun> {
  return {
    bench: 'history',
    command: 'npm run bench:history -- --minutes 2 --seed 1 --save',
    date: '2026-01-01',
    machine: { cpu: 'some', cores: 2, memoryGiB: 4, load: 0 },
    versions: {},
    found: { seed: 1, durationMs: 120_000, rounds: 2, tally },
  }
}

describe('tallyRound', () => {
  it('counts operations by fate and by layer, statements and rows', () => {
    expect(tallyOf([])).toMatchObject({
      operations: { acknowledged: 4, unknown: 4, undone: 6 },
      byLayer: { plain: 6, kysely: 6, drizzle: 2 },
      asks: 14,
      rows: 9,
      transfers: 3,
      violations: [],
    })
  })

  it('leaves out faults that were missed, and adds up', () => {
    const step = { atMs: 0, fault: { kind: 'evict-all' } } as const
    const faults = [false, true, false].map((isMissed) => {
      return { kind: 'fault', at: 0, step, isMissed } as const
    })
    const database = createGoodHistory().database
    const round = { seed: 1, durationMs: 1, history: faults, database, violations: [violation] }
    const tally = addTallies(addTallies(emptyTally(), tallyRound(round)), tallyRound(round))
    expect(countFaults(tally)).toBe(4)
    expect(tally.violations).toEqual([violation, violation])
  })
})

describe('historySection', () => {
  it('says how long, from which seed, how much, and that nothing was found', () => {
    const { markdown } = historySection(resultsOf(tallyOf([])))
    expect(markdown).toContain('2 minutes in 2 rounds from seed 1')
    expect(markdown).toContain('| acknowledged | 4 |')
    expect(markdown).toContain('| violations | 0 |')
    expect(markdown).toContain('No rule was broken.')
  })

  it('lists what was found', () => {
    const { markdown } = historySection(resultsOf(tallyOf([violation])))
    expect(markdown).toContain('- **lost-write**: #1-1-1#')
    expect(markdown).not.toContain('No rule was broken.')
  })
})
