import { describe, expect, it } from 'vitest'
import { sparkline } from '../../src/watch/sparkline.ts'

describe('sparkline', () => {
  it.each<readonly [readonly (number | null)[], number, string]>([
    [[0, 1, 2, 4, 8], 5, '▁▂▃▅█'],
    [[1, null, 8], 3, '▂ █'],
    [[5, 5], 4, '  ██'],
    [[9, 9, 0, 0], 2, '▁▁'],
    [[Number.NaN, 1], 2, ' █'],
    [[-5, 1], 2, '▁█'],
    [[1, 2, 3], 0, ''],
    [[], 3, '   '],
  ])('of %j in %i columns', (values, width, expected) => {
    expect(sparkline(values, width)).toBe(expected)
  })
})
