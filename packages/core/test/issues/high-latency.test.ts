import { describe, expect, it } from 'vitest'
import { ageing, detectHighLatency, slowByDuel, stalling } from '../../src/issues/high-latency.ts'
import { createSweeps, factsOf } from './facts.ts'

const limits = { latencyMs: { warning: 100, critical: 1_000 } }
const lost = { suspectMs: 9, referenceMs: 1, pairs: 8, lost: 7 }

function setUp(latencyMs = limits.latencyMs) {
  const sweeps = createSweeps('high_latency', detectHighLatency, { latencyMs })
  const serve = (statements: number, durationMs: number): void => {
    for (let index = 0; index < statements; index++) sweeps.metrics.recordQuery(durationMs)
  }
  return { sweeps, serve }
}

describe('high_latency by its builders', () => {
  it('is critical and says what was found', () => {
    const probe = 'network' as const
    const reference = 'replacement' as const
    const duel = slowByDuel({ ...lost, probe, reference, score: 1.2, suspicion: 1.1 })
    expect(duel).toEqual({
      type: 'high_latency',
      scope: 'connection',
      severity: 'critical',
      evidence: { basis: 'duel', ...lost, probe, reference, score: 1.2, suspicion: 1.1 },
    })
    expect(stalling({ stalls: 3, runs: 900, suspicion: 1 })).toMatchObject({
      severity: 'critical',
      evidence: { basis: 'stalls', stalls: 3 },
    })
    expect(ageing({ ...lost, uses: 9, ageMs: 5, youngScore: -0.4 })).toMatchObject({
      severity: 'critical',
      evidence: { basis: 'ageing', uses: 9, lost: 7 },
    })
  })
})

describe('detectHighLatency', () => {
  it('judges nobody by default', () => {
    const sweeps = createSweeps('high_latency', detectHighLatency)
    for (let index = 0; index < 1_000; index++) sweeps.metrics.recordQuery(60_000)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('raises what its limits say, and ends below 80 % of them', () => {
    const { sweeps, serve } = setUp()
    serve(100, 150)
    expect(sweeps.sweep()).toMatchObject({
      severity: 'warning',
      evidence: { basis: 'limit', limitMs: 100 },
    })
    serve(100, 3_000)
    expect(sweeps.sweep()).toMatchObject({ severity: 'critical', evidence: { limitMs: 1_000 } })
    serve(10_000, 10)
    expect(sweeps.sweep()).toBeUndefined()
    expect(sweeps.raised).toBe(1)
  })

  it('needs 20 statements', () => {
    const { sweeps, serve } = setUp()
    serve(19, 5_000)
    expect(sweeps.sweep()).toBeUndefined()
    serve(1, 5_000)
    expect(sweeps.sweep()?.severity).toBe('critical')
  })

  it('ends when nothing is left of its evidence', () => {
    const { sweeps, serve } = setUp()
    serve(40, 5_000)
    expect(sweeps.sweep()?.severity).toBe('critical')
    sweeps.clock.advance(120_000) // a weight of 10
    expect(sweeps.sweep()?.severity).toBe('critical')
    sweeps.clock.advance(60_000)
    expect(sweeps.sweep()).toBeUndefined()
  })

  it('leaves alone what duels, stalls or ageing showed', () => {
    const { sweeps, serve } = setUp()
    serve(100, 3_000)
    const { metrics, clock } = sweeps
    for (const basis of ['duel', 'stalls', 'ageing'] as const) {
      const open = {
        ...slowByDuel({ ...lost, probe: 'network', reference: 'peer', score: 1, suspicion: 1 }),
        evidence: { basis },
      }
      const issue = { ...open, id: 1, detectedAt: 0, lastSeenAt: 0 } as never
      for (const durationMs of [3_000, 1]) {
        serve(1_000, durationMs)
        const thresholds = { latencyMs: limits.latencyMs } as never
        expect(detectHighLatency(factsOf(metrics, clock.now()), thresholds, issue)).toBeUndefined()
      }
    }
  })
})
