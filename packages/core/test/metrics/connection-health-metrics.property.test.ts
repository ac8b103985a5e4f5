import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultKind, FaultScope } from '../../src/faults/fault.ts'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import { createFakeClock } from '../fake-clock.ts'

const scopes: readonly FaultScope[] = [
  'statement',
  'connection',
  'server',
  'role',
  'plan',
  'unknown',
]
const kinds: readonly FaultKind[] = ['deadlock', 'lock_timeout', 'connection_lost', 'other']

type Recording = (metrics: ConnectionHealthMetrics) => void

const number = fc.oneof(fc.double(), fc.integer({ min: -10, max: 10_000_000 }))
const recording: fc.Arbitrary<Recording> = fc.oneof(
  number.map(
    (ms): Recording =>
      (metrics) =>
        metrics.recordQuery(ms),
  ),
  fc.tuple(fc.constantFrom('network' as const, 'backend' as const), number, number).map(
    ([kind, ms, now]): Recording =>
      (metrics) =>
        metrics.recordProbe(kind, ms, now),
  ),
  number.map(
    (now): Recording =>
      (metrics) =>
        metrics.recordProbeTimeout(now),
  ),
  fc
    .tuple(fc.constantFrom(...scopes), fc.constantFrom(...kinds), fc.boolean(), number)
    .map(([scope, kind, endsSession, now]): Recording => {
      return (metrics) => metrics.recordFault({ kind, scope, retryable: false, endsSession }, now)
    }),
  number.map(
    (ms): Recording =>
      (metrics) =>
        metrics.recordLease(ms),
  ),
  number.map(
    (now): Recording =>
      (metrics) =>
        metrics.beginTransaction(now),
  ),
  fc.tuple(number, fc.boolean()).map(
    ([ms, back]): Recording =>
      (metrics) =>
        metrics.recordTransaction(ms, back),
  ),
  fc.tuple(number, number).map(
    ([r, w]): Recording =>
      (metrics) =>
        metrics.setBytes(r, w),
  ),
  number.map(
    (now): Recording =>
      (metrics) =>
        metrics.renew(now),
  ),
  number.map(
    (now): Recording =>
      (metrics) =>
        metrics.opened(now),
  ),
  fc.tuple(number, number).map(
    ([ms, now]): Recording =>
      (metrics) =>
        metrics.reportServer({ blockedMs: ms }, now),
  ),
)

/** Every number in a plain value, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn)
}

describe('ConnectionHealthMetrics', () => {
  it('never holds a number that is not one, whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(recording), fc.integer({ min: 0, max: 10_000_000 }), (records, now) => {
        const metrics = new ConnectionHealthMetrics(createFakeClock())
        for (const record of records) record(metrics)
        for (const value of numbersIn(metrics.snapshot(now))) {
          // sums of hostile finite durations may overflow; nothing else may
          expect(value >= 0).toBe(true)
        }
        const { errorRatio } = metrics.snapshot(now)
        expect(errorRatio ?? 0).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })

  it('never decays below zero or above the total, whatever the instants', () => {
    const records = fc.array(fc.tuple(fc.constantFrom(...scopes), number))
    fc.assert(
      fc.property(records, number, (faults, at) => {
        const metrics = new ConnectionHealthMetrics(createFakeClock())
        for (const [scope, now] of faults) {
          metrics.recordFault({ kind: 'other', scope, retryable: false, endsSession: false }, now)
          metrics.recordQuery(1)
        }
        const snapshot = metrics.snapshot(at)
        for (const scope of scopes) {
          expect(snapshot.faultsByScope[scope]).toBeGreaterThanOrEqual(0)
          expect(snapshot.faultsByScope[scope]).toBeLessThanOrEqual(
            snapshot.faultsByScopeTotal[scope],
          )
        }
        expect(snapshot.recentAttempts).toBeLessThanOrEqual(snapshot.attemptsTotal)
      }),
    )
  })

  it('has a probe floor that is one of the latest samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 3 }),
        (samples) => {
          const metrics = new ConnectionHealthMetrics(createFakeClock())
          for (const sample of samples) metrics.recordProbe('network', sample)
          expect(metrics.probeFloorMs()).toBe(Math.min(...samples.slice(-5)))
        },
      ),
    )
  })

  it('is renewed as often as one likes: only time decays', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 50 })
    fc.assert(
      fc.property(instants, (renewals) => {
        const clock = createFakeClock(0)
        const [often, once] = [
          new ConnectionHealthMetrics(clock),
          new ConnectionHealthMetrics(clock),
        ]
        for (const metrics of [often, once]) {
          for (let index = 0; index < 100; index++) metrics.recordQuery(3)
        }
        for (const now of renewals.toSorted((a, b) => a - b)) often.renew(now)
        expect(often.recentAttempts(600_000)).toBeCloseTo(once.recentAttempts(600_000), 6)
        expect(often.latencyWeight(600_000)).toBeCloseTo(once.latencyWeight(600_000), 6)
      }),
    )
  })
})
