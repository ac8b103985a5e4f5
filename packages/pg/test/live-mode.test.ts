import { describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../src/index.ts'

describe('pool.mode', () => {
  it('is what the options said, until it is assigned', () => {
    const pool = new HealthAwarePool({ health: { mode: 'observe' } })
    expect(pool.mode).toBe('observe')
    pool.mode = 'enforce'
    expect([pool.mode, pool.snapshot().mode]).toEqual(['enforce', 'enforce'])
  })
  it.each(['enforced', undefined, null, 1])('refuses %s and stays', (mode) => {
    const pool = new HealthAwarePool()
    expect(() => {
      pool.mode = mode as never
    }).toThrow(/mode.*'enforce' or 'observe'/)
    expect(pool.mode).toBe('enforce')
  })
  it('is of one pool only, whose options may be another’s too', () => {
    const options = { health: { mode: 'observe' } } as const
    const [one, other] = [new HealthAwarePool(options), new HealthAwarePool(options)]
    one.mode = 'enforce'
    expect(other.mode).toBe('observe')
  })
})
