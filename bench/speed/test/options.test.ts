import { describe, expect, it } from 'vitest'
import { readSpeedOptions, usage } from '../options.ts'

const parts = ['query', 'size']

describe('the command line of the speed bench', () => {
  it('runs all parts and saves nothing by default', () => {
    expect(readSpeedOptions([], parts)).toMatchObject({ only: parts, save: false, help: false })
  })

  it('takes rounds, parts and whether to save', () => {
    const args = ['--rounds', '8', '--only', 'size,query', '--save']
    expect(readSpeedOptions(args, parts)).toEqual({
      rounds: 8,
      only: ['query', 'size'],
      save: true,
      help: false,
    })
  })

  it.each([
    [['--only', 'speed'], "--only: 'speed' is unknown; known are query, size"],
    [['--rounds', '3'], "--rounds takes a whole number from 4 to 10000, got '3'"],
    [['--rounds', 'many'], "--rounds takes a whole number from 4 to 10000, got 'many'"],
    [['--fast'], 'known flags are --rounds, --only, --save, --help'],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => readSpeedOptions(args, parts)).toThrow(message)
  })

  it('names every part in its usage', () => {
    expect(usage(parts)).toContain('query, size')
  })
})
