import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeLimit } from '../../src/issues/judge-limit.ts'

const both = { warning: 10, critical: 100 }

describe('judgeLimit', () => {
  it.each([
    [9.9, undefined],
    [10, 'warning'],
    [99, 'warning'],
    [100, 'critical'],
    [Number.NaN, undefined],
  ])('of %d raises %s', (value, verdict) => {
    expect(judgeLimit(value, both, undefined)).toBe(verdict)
  })

  it.each([
    [10, 'warning'],
    [9.9, undefined],
    [8, undefined],
    [7.9, 'over'],
    [100, 'critical'],
    [0, 'over'],
  ])('of %d makes %s of an open warning', (value, verdict) => {
    expect(judgeLimit(value, both, 'warning')).toBe(verdict)
  })

  it.each([
    [100, 'critical'],
    [80, undefined],
    [79, 'warning'],
    [9, 'warning'],
    [8, 'warning'],
    [7.9, 'over'],
  ])('of %d makes %s of an open critical issue', (value, verdict) => {
    expect(judgeLimit(value, both, 'critical')).toBe(verdict)
  })

  it('knows no limit that is off', () => {
    const off = { warning: false, critical: false } as const
    expect(judgeLimit(1e9, off, undefined)).toBeUndefined()
    expect(judgeLimit(1e9, off, 'warning')).toBe('over')
    expect(judgeLimit(50, { warning: false, critical: 100 }, undefined)).toBeUndefined()
    expect(judgeLimit(79, { warning: false, critical: 100 }, 'critical')).toBe('over')
    expect(judgeLimit(1e9, { warning: 1, critical: false }, undefined)).toBe('warning')
  })

  it('does not flap: within 20 % of a limit no issue changes more than once', () => {
    const limit = fc.double({ min: 1e-3, max: 1e6, noNaN: true })
    const shares = fc.array(fc.double({ min: 0.801, max: 1.15, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(limit, shares, (warning, values) => {
        let open: 'warning' | 'critical' | undefined
        let changes = 0
        for (const share of values) {
          const verdict = judgeLimit(share * warning, { warning, critical: 2 * warning }, open)
          const next = verdict === 'over' ? undefined : (verdict ?? open)
          if (next !== open) changes += 1
          open = next
        }
        expect(changes).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('ends an issue exactly when its value falls below 0.8 of every limit', () => {
    const severity = fc.constantFrom('warning' as const, 'critical' as const)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), severity, (value, open) => {
        expect(judgeLimit(value, both, open) === 'over').toBe(value < 8)
      }),
    )
  })
})
