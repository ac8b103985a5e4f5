import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectHighLatency, isLatencySuspect } from '../../src/index.ts'
import { isHighLatencyOver } from '../../src/issues/high-latency.ts'

const latency = { ratio: 4, marginMs: 20 }

function floors(probeFloorMs: number | undefined, queryFloorMs?: number) {
  return { probeFloorMs, queryFloorMs }
}

describe('detectHighLatency', () => {
  it.each([
    [1, 21, false], // the margin: 1 + 20
    [1, 21.1, true],
    [10, 40, false], // the ratio: 4 × 10
    [10, 40.1, true],
    [0, 20, false],
    [0, 20.1, true],
  ])('with peers at %d ms sees %d ms: %s', (peersMs, floorMs, seen) => {
    const peers = { probeFloorMs: peersMs, peers: 1 }
    expect(detectHighLatency(floors(floorMs), peers, latency) !== undefined).toBe(seen)
  })

  it('says what it compared', () => {
    expect(detectHighLatency(floors(100), { probeFloorMs: 1, peers: 3 }, latency)).toEqual({
      type: 'high_latency',
      scope: 'connection',
      severity: 'critical',
      evidence: { probeFloorMs: 100, peersProbeFloorMs: 1, peers: 3, limitMs: 21 },
    })
  })

  it('says nothing without evidence of its own or of a peer', () => {
    expect(
      detectHighLatency(floors(undefined), { probeFloorMs: 1, peers: 3 }, latency),
    ).toBeUndefined()
    expect(
      detectHighLatency(floors(100), { probeFloorMs: undefined, peers: 0 }, latency),
    ).toBeUndefined()
  })

  it('does not look at statements', () => {
    expect(
      detectHighLatency(floors(1, 10_000), { probeFloorMs: 1, peers: 3 }, latency),
    ).toBeUndefined()
  })

  it('gives the same verdict at every scale when there is no margin', () => {
    const floor = fc.double({ min: 0.001, max: 1_000, noNaN: true })
    fc.assert(
      fc.property(floor, floor, fc.integer({ min: -8, max: 8 }), (own, peers, power) => {
        const judge = (scale: number): boolean =>
          detectHighLatency(
            floors(own * scale),
            { probeFloorMs: peers * scale, peers: 1 },
            { ratio: 4, marginMs: 0 },
          ) !== undefined
        expect(judge(2 ** power)).toBe(judge(1)) // powers of two, because they do not round
      }),
    )
  })
})

describe('isHighLatencyOver', () => {
  it('clears only under 80 % of the limit', () => {
    expect(isHighLatencyOver(floors(32), { probeFloorMs: 10 }, latency)).toBe(false)
    expect(isHighLatencyOver(floors(31.9), { probeFloorMs: 10 }, latency)).toBe(true)
  })

  it('keeps the issue without evidence', () => {
    expect(isHighLatencyOver(floors(undefined), { probeFloorMs: 10 }, latency)).toBe(false)
    expect(isHighLatencyOver(floors(1), { probeFloorMs: undefined }, latency)).toBe(false)
  })

  it('never clears what is still seen', () => {
    const floor = fc.double({ min: 0, max: 1_000, noNaN: true })
    fc.assert(
      fc.property(floor, floor, (own, peers) => {
        const baseline = { probeFloorMs: peers, peers: 1 }
        const seen = detectHighLatency(floors(own), baseline, latency) !== undefined
        expect(seen && isHighLatencyOver(floors(own), baseline, latency)).toBe(false)
      }),
    )
  })
})

describe('isLatencySuspect', () => {
  it('goes by statements as well as by probes', () => {
    const peers = floors(1, 1)
    expect(isLatencySuspect(floors(1, 1), peers, latency)).toBe(false)
    expect(isLatencySuspect(floors(1, 100), peers, latency)).toBe(true)
    expect(isLatencySuspect(floors(100, 1), peers, latency)).toBe(true)
    expect(isLatencySuspect(floors(undefined), peers, latency)).toBe(false)
  })

  it('compares probes with the statements of peers that are too busy to be probed', () => {
    const busy = floors(undefined, 1)
    expect(isLatencySuspect(floors(100), busy, latency)).toBe(true)
    expect(isLatencySuspect(floors(20), busy, latency)).toBe(false)
  })
})
