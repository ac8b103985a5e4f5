import { describe, expect, it } from 'vitest'
import { readOptions } from '../options.ts'

describe('readOptions', () => {
  it('has defaults', () => {
    expect(readOptions([])).toEqual({ instances: 500, seeds: 3, save: false, help: false })
  })
  it('takes what is given', () => {
    const given = readOptions(['--instances', '20', '--seeds=2', '--save'])
    expect(given).toEqual({ instances: 20, seeds: 2, save: true, help: false })
  })
  it.each([
    [['--instances', '0'], "--instances takes a whole number from 1 to 2000, got '0'"],
    [['--instances', 'many'], "--instances takes a whole number from 1 to 2000, got 'many'"],
    [['--seeds', '1.5'], "--seeds takes a whole number from 1 to 100, got '1.5'"],
    [['--seeds', ''], "--seeds takes a whole number from 1 to 100, got ''"],
    [['--seed', '1'], 'known flags are --instances, --seeds, --save, --help'],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })
})
