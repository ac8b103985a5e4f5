import { describe, expect, it } from 'vitest'
import { parseOptions } from '../options.ts'

describe('parseOptions', () => {
  it('plays in full by default', () => {
    expect(parseOptions([])).toEqual({ help: false, quick: false, json: undefined })
  })

  it('takes the file of --json', () => {
    expect(parseOptions(['--quick', '--json', 'out.json'])).toEqual({
      help: false,
      quick: true,
      json: 'out.json',
    })
  })

  it('names a flag that it does not know', () => {
    expect(() => parseOptions(['--fast'])).toThrow('--fast')
  })
})
