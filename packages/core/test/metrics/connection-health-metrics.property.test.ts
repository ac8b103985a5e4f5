import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultScope } from '../../src/index.ts'
import { ConnectionHealthMetrics } from '../../src/index.ts'
import { createFakeClock } from '../fake-clock.ts'

const scopes: readonly FaultScope[] = [
  'statement',
  'connection',
  'server',
  'role',
  'plan',
  'unknown',
]

describe('ConnectionHealthMetrics', () => {
  it('never decays below zero or above the total, whatever the instants', () => {
    const instants = fc.oneof(fc.double(), fc.integer({ min: 0, max: 10_000_000 }))
    const records = fc.array(fc.tuple(fc.constantFrom(...scopes), instants))
    fc.assert(
      fc.property(records, instants, (faults, at) => {
        const metrics = new ConnectionHealthMetrics(createFakeClock())
        for (const [scope, now] of faults)
          metrics.recordFault({ kind: 'other', scope, retryable: false }, now)
        const { faultsByScope, faultsByScopeTotal } = metrics.snapshot(at)
        for (const scope of scopes) {
          expect(faultsByScope[scope]).toBeGreaterThanOrEqual(0)
          expect(faultsByScope[scope]).toBeLessThanOrEqual(faultsByScopeTotal[scope])
        }
      }),
    )
  })

  it('has floors that are one of the latest samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 8 }),
        (samples) => {
          const metrics = new ConnectionHealthMetrics(createFakeClock())
          for (const sample of samples) {
            metrics.recordQuery(sample)
            metrics.recordProbe(sample)
          }
          expect(metrics.queryFloorMs()).toBe(Math.min(...samples.slice(-16)))
          expect(metrics.probeFloorMs()).toBe(Math.min(...samples.slice(-5)))
        },
      ),
    )
  })
})
