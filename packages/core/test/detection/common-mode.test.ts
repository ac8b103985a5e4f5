import { describe, expect, it } from 'vitest'
import { standsOut } from '../../src/detection/common-mode.ts'

describe('standing out', () => {
  it('takes a value of more than three times the median of the others', () => {
    expect(standsOut([9, 2.9, 2, 1, 0], 0)).toBe(true)
    expect(standsOut([9, 3.1, 3.1, 3.1, 0], 0)).toBe(false)
  })
  it('is possible beside a few others that are as bad', () => {
    expect(standsOut([9, 9, 0, 0, 0], 0)).toBe(true)
  })
  it('is not possible alone', () => {
    expect(standsOut([9], 0)).toBe(false)
    expect(standsOut([], 0)).toBe(false)
  })
})
