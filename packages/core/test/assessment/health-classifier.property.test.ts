import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConnectionHealthAssessment } from '../../src/assessment/connection-health-assessment.ts'
import { explain } from '../../src/assessment/explain.ts'
import type { IssueSeverity } from '../../src/issues/connection-issue.ts'
import { createSubject } from './assessments.ts'

const sample = fc.oneof(
  fc.record({ queryMs: fc.double({ min: 0, max: 1e5, noNaN: true }) }),
  fc.record({ probeMs: fc.double({ min: 0, max: 1e4, noNaN: true }) }),
  fc.record({ sqlState: fc.constantFrom('08006', '25006', '23505', '40P01', '57P01') }),
)
type Sample = typeof sample extends fc.Arbitrary<infer Value> ? Value : never

function assessed(samples: readonly Sample[]): ConnectionHealthAssessment {
  const subject = createSubject()
  for (const one of samples) {
    if ('queryMs' in one) subject.metrics.recordQuery(one.queryMs)
    else if ('probeMs' in one) subject.metrics.recordProbe('network', one.probeMs)
    else subject.fail(one.sqlState)
  }
  return subject.assess()
}

const suspicion = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true }), fc.double())
const views = fc.record({
  shiftSuspicion: suspicion,
  tailSuspicion: suspicion,
  errorSuspicion: suspicion,
  isBeingConfirmed: fc.boolean(),
})
const severities = fc.constantFrom<IssueSeverity | undefined>(
  undefined,
  'info',
  'warning',
  'critical',
)

describe('HealthClassifier', () => {
  it('is not moved by the order of samples of one instant', () => {
    // As many probes as the ring holds: which of more are the latest is what order means.
    const samples = fc
      .array(sample, { maxLength: 60 })
      .filter((all) => all.filter((one) => 'probeMs' in one).length <= 5)
    const orders = samples.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(orders, ([before, after]) => {
        expect(assessed(after)).toEqual(assessed(before))
      }),
    )
  })

  it('gives a score of 0..1 exactly when the status is known', () => {
    fc.assert(
      fc.property(
        severities,
        fc.nat(20),
        fc.nat(5),
        views,
        (severity, statements, faults, duels) => {
          const subject = createSubject()
          subject.serve(statements)
          subject.fail('08006', faults)
          subject.duels = duels
          if (severity !== undefined) subject.sightOf(severity)
          const { status, score } = subject.assess()
          expect(score === undefined).toBe(status === 'unknown')
          expect(score ?? 0).toBeGreaterThanOrEqual(0)
          expect(score ?? 1).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('lets one critical issue override any evidence', () => {
    fc.assert(
      fc.property(fc.array(sample), views, (samples, duels) => {
        const subject = createSubject()
        for (const one of samples) if ('queryMs' in one) subject.metrics.recordQuery(one.queryMs)
        subject.duels = duels
        subject.sightOf('critical')
        expect(subject.assess()).toMatchObject({ status: 'unhealthy', score: 0 })
      }),
    )
  })

  it('says unknown, and nothing else, of a fresh connection', () => {
    fc.assert(
      fc.property(fc.nat(7), fc.nat(2), fc.nat(1_000), (statements, probes, peers) => {
        const subject = createSubject()
        subject.peers = peers
        subject.serve(statements, 60_000)
        for (let index = 0; index < probes; index++) subject.metrics.recordProbe('network', 9_999)
        expect(subject.assess()).toMatchObject({ status: 'unknown', evidence: { reasons: [] } })
      }),
    )
  })

  it('does not flap: a suspicion that stays within 0.5 and 1 changes no status', () => {
    const course = fc.array(fc.double({ min: 0.5, max: 0.999, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(course, fc.boolean(), (suspicions, isSuspect) => {
        const subject = createSubject()
        subject.serve(8)
        subject.duels = { shiftSuspicion: isSuspect ? 1 : 0 }
        const { status } = subject.assess()
        for (const shiftSuspicion of suspicions) {
          subject.duels = { shiftSuspicion }
          expect(subject.assess().status).toBe(status)
        }
      }),
    )
  })

  it('has a reason for whatever is not healthy, and says it', () => {
    fc.assert(
      fc.property(
        severities,
        fc.nat(10),
        fc.nat(3),
        views,
        (severity, statements, faults, duels) => {
          const subject = createSubject()
          subject.serve(statements)
          subject.fail('08006', faults)
          subject.duels = duels
          if (severity !== undefined) subject.sightOf(severity)
          const assessment = subject.assess()
          const { status, evidence } = assessment
          const isBad = status === 'degraded' || status === 'unhealthy'
          expect(evidence.reasons.length > 0).toBe(isBad)
          expect(explain(assessment)).toMatch(/^Connection 1 (is|has) .*\w.*\.$/)
          expect(explain(assessment)).not.toMatch(/undefined|NaN|: \.|; ;/)
        },
      ),
    )
  })
})
