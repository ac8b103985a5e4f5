import { describe, expect, it } from 'vitest'
import { evictCauseOf, isStatistical } from '../../src/recycling/evict-cause-of.ts'
import { assessed } from './views.ts'

describe('evictCauseOf', () => {
  it.each([
    ['duel', 'latency'],
    ['limit', 'latency'],
    ['stalls', 'stalls'],
    ['ageing', 'ageing'],
  ])('reads high_latency found by %s as %s', (basis, cause) => {
    expect(evictCauseOf(assessed([{ type: 'high_latency', evidence: { basis } }]))).toBe(cause)
  })

  it.each([
    ['error_rate', 'faults'],
    ['disconnections', 'faults'],
    ['unresponsive', 'unresponsive'],
    ['wrong_role', 'role'],
    ['stale_plan', 'plan'],
    ['transaction_leak', 'transaction'],
    ['server_slow', undefined],
    ['blocked', undefined],
    ['flapping', undefined],
  ])('reads %s as %s', (type, cause) => {
    expect(evictCauseOf(assessed([{ type, evidence: {} }]))).toBe(cause)
  })

  it('names the certain cause first, else the one that was seen first', () => {
    const slow = { type: 'high_latency', evidence: { basis: 'stalls' } }
    const faulty = { type: 'error_rate', evidence: {} }
    const dead = { type: 'unresponsive', evidence: {} }
    expect(evictCauseOf(assessed([slow, faulty, dead]))).toBe('unresponsive')
    expect(evictCauseOf(assessed([slow, faulty]))).toBe('stalls')
    expect(evictCauseOf(assessed([faulty, slow]))).toBe('faults')
  })

  it('minds neither warnings nor issues of a connection that is not unhealthy', () => {
    const slow = { type: 'high_latency', evidence: { basis: 'duel' } }
    expect(evictCauseOf(assessed([{ ...slow, severity: 'warning' }]))).toBeUndefined()
    expect(evictCauseOf({ ...assessed([slow]), status: 'degraded' })).toBeUndefined()
  })
})

describe('isStatistical', () => {
  it('is what latency, stalls, ageing and faults are', () => {
    for (const cause of ['latency', 'stalls', 'ageing', 'faults'] as const) {
      expect(isStatistical(cause)).toBe(true)
    }
    for (const cause of ['lost', 'unresponsive', 'role', 'plan', 'operator', 'memory'] as const) {
      expect(isStatistical(cause)).toBe(false)
    }
  })
})
