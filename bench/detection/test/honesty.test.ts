import { describe, expect, it } from 'vitest'
import { Simulation } from '../runner/simulation.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { ToldContender } from './told-contender.ts'

interface Sample {
  readonly connection: number
  readonly fingerprint: number
  readonly ms: number
}

/** Lent at random, because who is lent last when the server is slow has slow statements. */
function samplesOf(begin: Scenario['begin']): readonly Sample[] {
  const samples: Sample[] = []
  const scenario: Scenario = {
    name: 'honest',
    title: 'honest',
    faultClass: 'none',
    afterOnsetMs: 120_000,
    world: { isLifo: false, hasLifetimes: false, connections: 10 },
    begin,
  }
  const simulation: Simulation = new Simulation(scenario, 11, (ports) => {
    const contender = new ToldContender(ports)
    contender.onAnswer = ({ id }, fingerprint, ms) => {
      if (simulation.world.now < simulation.onsetAt) return
      samples.push({ connection: id, fingerprint, ms })
    }
    return contender
  })
  simulation.run()
  return samples
}

/** Per connection: its mean rank among all runs of the same fingerprint, in standard deviations. */
function rankScores(samples: readonly Sample[]): ReadonlyMap<number, number> {
  const sums = new Map<number, { sum: number; count: number }>()
  for (const fingerprint of new Set(samples.map((sample) => sample.fingerprint))) {
    const group = samples.filter((sample) => sample.fingerprint === fingerprint)
    group
      .toSorted((a, b) => a.ms - b.ms)
      .forEach(({ connection }, rank) => {
        const total = sums.get(connection) ?? { sum: 0, count: 0 }
        total.sum += (2 * rank + 1) / group.length - 1
        total.count += 1
        sums.set(connection, total)
      })
  }
  return new Map(
    [...sums].map(([id, { sum, count }]) => [id, (sum / count) * Math.sqrt(3 * count)]),
  )
}

describe('the times of a fingerprint', () => {
  it('do not depend on the connection while all are sound', () => {
    const scores = rankScores(samplesOf(() => {}))
    expect(scores.size).toBe(10)
    for (const score of scores.values()) expect(Math.abs(score)).toBeLessThan(4)
  })

  it('do depend on it when one backend is half as fast again', () => {
    let faulty: readonly number[] = []
    const samples = samplesOf((stage) => {
      faulty = stage.breakConnections(1, { factor: 1.5 })
    })
    const slow = [...rankScores(samples)].filter(([, score]) => score > 8).map(([id]) => id)
    expect(slow).toEqual(faulty)
  })
})
