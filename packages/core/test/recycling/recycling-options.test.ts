import { describe, expect, it } from 'vitest'
import { OptionProblems, OptionsError, resolveRecyclingOptions } from '../../src/index.ts'

/** The paths that are wrong with some options. */
function wrong(options: object): readonly string[] {
  const problems = new OptionProblems()
  resolveRecyclingOptions(options, problems)
  try {
    problems.throwIfAny()
  } catch (error) {
    if (error instanceof OptionsError) return error.problems.map(({ option }) => option)
    throw error
  }
  return []
}

describe('resolveRecyclingOptions', () => {
  it('takes the ends of the ranges of the back-off and of the memory limit', () => {
    expect(wrong({ flapBackoffMs: 1_000, maxBackendMemoryBytes: 1_048_576 })).toEqual([])
    expect(wrong({ flapBackoffMs: 3_600_000, maxBackendMemoryBytes: false })).toEqual([])
  })

  it('refuses what lies beyond them, and what it does not know', () => {
    expect(wrong({ flapBackoffMs: 999, maxBackendMemoryBytes: 1_048_575 })).toEqual([
      'recycling.flapBackoffMs',
      'recycling.maxBackendMemoryBytes',
    ])
    expect(wrong({ flapBackoffMs: false })).toEqual(['recycling.flapBackoffMs'])
    expect(wrong({ flapBackoffMs: 3_600_001 })).toEqual(['recycling.flapBackoffMs'])
    expect(wrong({ maxBackendMemoryBytes: 0 })).toEqual(['recycling.maxBackendMemoryBytes'])
    expect(wrong({ maxBackendMemoryBites: false })).toEqual(['recycling.maxBackendMemoryBites'])
  })
})
