import { describe, expect, it } from 'vitest'
import { UsageError } from '../../command-line.ts'
import { readOptions } from '../options.ts'

describe('readOptions', () => {
  it('runs for a minute from a seed by the clock', () => {
    const defaults = { seed: 5, durationMs: 60_000, save: false, help: false }
    expect(readOptions([], () => 2 ** 31 + 5)).toEqual(defaults)
  })

  it('takes seconds or minutes, and a seed', () => {
    const given = ['--minutes', '1.5', '--seed', '0', '--save']
    expect(readOptions(given)).toMatchObject({ durationMs: 90_000, seed: 0, save: true })
    expect(readOptions(['--seconds', '5'])).toMatchObject({ durationMs: 5_000 })
  })

  it.each([
    [['--seconds', '0'], '--seconds takes a number of at least 1'],
    [['--seconds', ''], "got ''"],
    [['--minutes', 'many'], '--minutes takes a number of at least a second'],
    [['--minutes', '1', '--seconds', '1'], 'expected one of them'],
    [['--seed', '1.5'], '--seed takes a whole number'],
    [['--seed', '-1'], '--seed'],
    [['--hours', '1'], 'known flags are --seconds'],
    [['60'], 'known flags are'],
  ])('refuses %j', (given, message) => {
    expect(() => readOptions(given)).toThrow(UsageError)
    expect(() => readOptions(given)).toThrow(message)
  })
})
