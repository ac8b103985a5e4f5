import { describe, expect, it } from 'vitest'
import { bytesPerSample, type Sample, SampleRing } from '../../src/history/sample-ring.ts'

function sampleOf(at: number): Sample {
  return {
    at,
    statementsPerSecond: at / 10,
    meanMs: null,
    p95Ms: 2.5,
    failuresPerSecond: 0,
    leased: 1,
    waiting: 0,
    unhealthy: 0,
  }
}

describe('SampleRing', () => {
  it('gives back what was pushed, unknown values as null', () => {
    const ring = new SampleRing(4)
    ring.push(sampleOf(1))
    expect(ring.since(0)).toEqual({
      at: [1],
      statementsPerSecond: [0.1],
      meanMs: [null],
      p95Ms: [2.5],
      failuresPerSecond: [0],
      leased: [1],
      waiting: [0],
      unhealthy: [0],
    })
  })
  it('forgets the oldest beyond its capacity', () => {
    const ring = new SampleRing(3)
    for (let at = 1; at <= 7; at += 1) ring.push(sampleOf(at))
    expect(ring.since(0).at).toEqual([5, 6, 7])
    expect(ring.since(6).at).toEqual([7])
    expect(ring.since(7).at).toEqual([])
  })
  it('holds what it says in bytes, and no more however much is pushed', () => {
    const before = process.memoryUsage().arrayBuffers
    const ring = new SampleRing(1_800)
    const held = process.memoryUsage().arrayBuffers - before
    expect(held).toBe(1_800 * bytesPerSample)
    for (let at = 0; at < 10_000; at += 1) ring.push(sampleOf(at))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(held)
    expect(ring.since(0).at).toHaveLength(1_800)
  })
})
