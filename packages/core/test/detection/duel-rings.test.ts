import { describe, expect, it } from 'vitest'
import { DuelRings } from '../../src/detection/duel-rings.ts'
import { createRandom } from './random.ts'

/** Rings in which connections 2 … n + 1 have run once each, in 10, 20, … ms. */
function afterRuns(n: number): DuelRings {
  const rings = new DuelRings()
  for (let id = 2; id < n + 2; id++) rings.add(0, id, (id - 1) * 10, id)
  return rings
}

describe('a duel', () => {
  it('has mean 0 and variance 1 while a connection is like the others', () => {
    const rings = new DuelRings()
    const random = createRandom(3)
    let sum = 0
    let squares = 0
    let duels = 0
    for (let run = 0; run < 40_000; run++) {
      const id = 1 + Math.floor(random() * 10)
      const ms = 10 ** (4 * random())
      const score = rings.rank(0, id, ms, run)
      rings.add(0, id, ms, run)
      if (Number.isNaN(score)) continue
      sum += score
      squares += score * score
      duels += 1
    }
    expect(sum / duels).toBeCloseTo(0, 1)
    expect(squares / duels).toBeCloseTo(1, 1)
  })
  it('scores a run by how many runs of others it was slower than', () => {
    const rings = afterRuns(8)
    const [slowest, middle, fastest] = [100, 45, 1].map((ms) => rings.rank(0, 1, ms, 50))
    expect(slowest).toBeCloseTo(8 * Math.sqrt(3 / 80))
    expect(middle).toBeCloseTo(0)
    expect(fastest).toBeCloseTo(-8 * Math.sqrt(3 / 80))
  })
  it('does not change when everything takes ten times as long', () => {
    const rings = new DuelRings()
    for (let id = 2; id < 8; id++) {
      rings.add(0, id, id * 10, id)
      rings.add(1, id, id * 100, id)
    }
    expect(rings.rank(0, 1, 33, 50)).toBe(rings.rank(1, 1, 330, 50))
  })
  it('counts a tie half', () => {
    const rings = new DuelRings()
    for (let id = 2; id < 6; id++) rings.add(0, id, 10, id)
    expect(rings.rank(0, 1, 10, 50)).toBe(0)
  })
  it('needs two runs of others', () => {
    expect(afterRuns(1).rank(0, 1, 10, 50)).toBeNaN()
    expect(afterRuns(2).rank(0, 1, 10, 50)).not.toBeNaN()
  })
  it('leaves out its own runs, old runs, runs of this instant, and runs of the gone', () => {
    const rings = afterRuns(4)
    expect(rings.rank(0, 2, 1_000, 50) > 0 && rings.rivals).toBe(3)
    expect(rings.rank(0, 1, 1_000, 120_004) > 0 && rings.rivals).toBe(2)
    rings.rank(0, 1, 1_000, 5)
    expect(rings.rivals).toBe(3)
    rings.forgetConnection(3)
    rings.rank(0, 1, 1_000, 50)
    expect(rings.rivals).toBe(3)
  })
  it('keeps one run of a connection that runs alone', () => {
    const rings = afterRuns(7)
    for (let run = 0; run < 20; run++) rings.add(0, 9, 500, 20 + run)
    rings.rank(0, 1, 1, 50)
    expect(rings.rivals).toBe(8)
  })
  it('knows what is typical, and the longest run', () => {
    const rings = new DuelRings()
    rings.add(0, 2, 10, 1)
    rings.add(0, 3, 1_000, 2)
    expect(rings.typicalMs(0, 1, 5)).toBeCloseTo(100)
    expect(rings.longestMs(0)).toBe(1_000)
    expect(rings.longestMs(1)).toBe(0)
  })
  it('forgets a fingerprint whose slot has a new owner', () => {
    const rings = afterRuns(8)
    rings.forgetSlot(0)
    expect(rings.rank(0, 1, 1, 50)).toBeNaN()
  })
})

describe('runs that take about as long', () => {
  it('decide nothing: our event loop gets to one of them first', () => {
    const rings = new DuelRings()
    for (let id = 2; id < 8; id++) rings.add(0, id, 0.06, id)
    expect(rings.rank(0, 1, 0.08, 50)).toBe(0)
    expect(rings.rank(0, 1, 0.04, 50)).toBe(0)
    expect(rings.rank(0, 1, 0.12, 50)).toBeGreaterThan(1)
  })
  it('are those within a tenth where statements take longer', () => {
    const rings = new DuelRings()
    rings.add(1, 2, 0.06, 1)
    for (let id = 2; id < 8; id++) rings.add(0, id, 100, id)
    expect(rings.rank(0, 1, 105, 50)).toBe(0)
    expect(rings.rank(0, 1, 120, 50)).toBeGreaterThan(1)
  })
})
