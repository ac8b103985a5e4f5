import { describe, expect, it } from 'vitest'
import { transactionLeak } from '../../src/issues/transaction-leak.ts'
import { unresponsive } from '../../src/issues/unresponsive.ts'
import { createSubject } from './assessments.ts'

describe('HealthClassifier', () => {
  it('says unknown without evidence', () => {
    const subject = createSubject()
    subject.serve(7)
    expect(subject.assess()).toMatchObject({
      status: 'unknown',
      score: undefined,
      recommendedActions: ['probe'],
    })
    subject.serve(1)
    expect(subject.assess()).toMatchObject({
      status: 'healthy',
      score: 1,
      recommendedActions: ['none'],
    })
  })

  it.each(['network', 'backend'] as const)('takes three %s probes for evidence', (kind) => {
    const subject = createSubject()
    for (let index = 0; index < 2; index++) subject.metrics.recordProbe(kind, 1)
    expect(subject.assess().status).toBe('unknown')
    subject.metrics.recordProbe(kind, 1)
    expect(subject.assess().status).toBe('healthy')
  })

  it('lets one critical issue override everything', () => {
    const subject = createSubject()
    subject.serve(1_000)
    subject.duels = { duels: 1_000, meanScore: -1 }
    subject.sightOf('critical')
    expect(subject.assess()).toMatchObject({
      status: 'unhealthy',
      score: 0,
      recommendedActions: ['replace'],
      evidence: { reasons: ['critical-issue'] },
    })
  })

  it('does not recommend a replacement that would not help', () => {
    const subject = createSubject()
    const evidence = {
      blockedMs: 9e4,
      blockedByPids: [7],
      waitEvent: undefined,
      limitMs: 6e4,
      leasedBy: undefined,
      blockers: [],
    }
    subject.sight({ type: 'blocked', scope: 'connection', severity: 'critical', evidence })
    expect(subject.assess()).toMatchObject({
      status: 'unhealthy',
      recommendedActions: ['observe'],
    })
  })

  it('degrades for a warning and not for information', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.sightOf('info')
    expect(subject.assess()).toMatchObject({ status: 'healthy', score: 1 })
    subject.sightOf('warning')
    expect(subject.assess()).toMatchObject({
      status: 'degraded',
      score: 0.7,
      recommendedActions: ['observe'],
      evidence: { reasons: ['warning-issue'] },
    })
  })

  it('stays unknown for information alone', () => {
    const subject = createSubject()
    subject.sightOf('info')
    expect(subject.assess().status).toBe('unknown')
  })

  it('tells every reason, not only the one that decides', () => {
    const subject = createSubject()
    subject.sight(unresponsive(1, 'probe'))
    subject.sight(transactionLeak('T', 1, undefined))
    subject.duels = { tailSuspicion: 2 }
    subject.fail('08006', 2)
    expect(subject.assess().evidence.reasons).toEqual([
      'critical-issue',
      'warning-issue',
      'suspicion',
      'faults',
    ])
  })

  it('is frozen through and through, and a copy', () => {
    const subject = createSubject()
    subject.sightOf('warning')
    const assessment = subject.assess()
    for (const part of [
      assessment,
      assessment.issues,
      assessment.evidence,
      assessment.evidence.reasons,
      assessment.recommendedActions,
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    subject.sight(transactionLeak('T', 1, undefined))
    expect(assessment.issues).toHaveLength(1)
  })

  it('says what it saw', () => {
    const subject = createSubject()
    subject.serve(100, 5)
    subject.fail('08006')
    for (let index = 0; index < 3; index++) subject.metrics.recordProbe('network', 0.5)
    subject.duels = { duels: 90, meanScore: 0.2, shiftSuspicion: 0.1 }
    const { evidence } = subject.assess()
    expect(evidence).toMatchObject({
      attempts: 100,
      probes: 3,
      faults: 1,
      errorRatio: 0.01,
      probeFloorMs: 0.5,
      duels: 90,
      meanScore: 0.2,
      shiftSuspicion: 0.1,
      tailSuspicion: 0,
      peers: 3,
      isBeingConfirmed: false,
      reasons: [],
    })
    expect(evidence.p50Ms).toBeGreaterThan(4)
    expect(evidence.p95Ms).toBeLessThan(6.5)
  })
})

describe('degraded by faults', () => {
  it('is from two on, and recovers below one', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.fail('08006')
    expect(subject.assess().status).toBe('healthy')
    subject.fail('26000')
    expect(subject.assess()).toMatchObject({ status: 'degraded', recommendedActions: ['probe'] })
    subject.clock.advance(110_000)
    expect(subject.assess().status).toBe('degraded')
    subject.clock.advance(20_000)
    expect(subject.assess().status).toBe('healthy')
  })

  it('is not from fewer than two, however they come', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.fail('08006')
    subject.clock.advance(1_000)
    subject.fail('08006') // 1.99 by now
    expect(subject.assess().status).toBe('healthy')
  })

  it('is not kept up by a warning that has ended', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.sightOf('warning')
    subject.fail('08006')
    subject.clock.advance(1_000)
    subject.fail('08006')
    expect(subject.assess().status).toBe('degraded')
    subject.log.clear('unresponsive', 1, subject.clock.now())
    expect(subject.assess().status).toBe('healthy')
  })

  it('is not by any number of failing statements', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.fail('23505', 1_000)
    expect(subject.assess()).toMatchObject({ status: 'healthy', score: 1 })
  })
})

describe('degraded by suspicion', () => {
  it.each(['shiftSuspicion', 'tailSuspicion', 'errorSuspicion'] as const)(
    'is at a %s of 1, and recovers below 0.5',
    (channel) => {
      const subject = createSubject()
      subject.serve(8)
      const statuses = [0.99, 1, 0.99, 0.5, 0.49, 0.99].map((suspicion) => {
        subject.duels = { [channel]: suspicion }
        return subject.assess().status
      })
      expect(statuses).toEqual([
        'healthy',
        'degraded',
        'degraded',
        'degraded',
        'healthy',
        'healthy',
      ])
    },
  )

  it('is while it is being confirmed', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.duels = { isBeingConfirmed: true }
    expect(subject.assess()).toMatchObject({ status: 'degraded', recommendedActions: ['probe'] })
    subject.duels = {}
    expect(subject.assess().status).toBe('healthy')
  })

  it('goes before too little evidence', () => {
    const subject = createSubject()
    subject.duels = { errorSuspicion: 1.5 }
    expect(subject.assess().status).toBe('degraded')
  })

  it('is not kept up by a warning that has ended', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.sightOf('warning')
    subject.duels = { shiftSuspicion: 0.6 }
    expect(subject.assess().status).toBe('degraded')
    subject.log.clear('unresponsive', 1, subject.clock.now())
    expect(subject.assess().status).toBe('healthy')
  })

  it('is not by a suspicion that is no number', () => {
    const subject = createSubject()
    subject.serve(8)
    subject.duels = { shiftSuspicion: Number.NaN }
    expect(subject.assess()).toMatchObject({ status: 'healthy', score: 1 })
  })

  it('lowers the score as it grows', () => {
    const subject = createSubject()
    subject.serve(8)
    const scores = [0, 0.5, 1, 5].map((suspicion) => {
      subject.duels = { shiftSuspicion: suspicion }
      return subject.assess().score
    })
    expect(scores.map((score) => score?.toFixed(2))).toEqual(['1.00', '0.85', '0.70', '0.70'])
  })
})
