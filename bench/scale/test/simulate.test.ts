import { describe, expect, it } from 'vitest'
import { runAll } from '../fleet/run-all.ts'
import { scenarioNamed } from '../fleet/scenarios.ts'
import type { Outcome, Run } from '../fleet/simulate.ts'
import { type FleetFound, summarise } from '../fleet/summarise.ts'
import { variantNamed, variants } from '../fleet/variants.ts'

const instances = 4

/** In threads of their own, as the bench has it: a simulation takes the clocks of its thread. */
function simulateAll(runs: readonly Pick<Run, 'variant' | 'scenario' | 'seed'>[]) {
  return runAll(
    runs.map((run) => ({ ...run, instances })),
    1,
  )
}

function found(variant: string, outcome: Outcome | undefined): FleetFound {
  const outcomes = outcome === undefined ? [] : [outcome]
  return summarise(variantNamed(variant), outcomes, scenarioNamed('restart'))
}

describe('simulate', () => {
  it('gives the same each time, whatever was simulated before', async () => {
    const runs = variants.map(({ name }) => ({ variant: name, scenario: 'restart', seed: 1 }))
    const [once, again] = await Promise.all([simulateAll(runs), simulateAll([...runs].reverse())])
    expect([...again].reverse()).toEqual(once)
  })
  it('gives something else with another seed', async () => {
    const run = { variant: 'hale', scenario: 'restart' }
    const [one, other] = await simulateAll([
      { ...run, seed: 1 },
      { ...run, seed: 2 },
    ])
    expect(one?.dialled).not.toEqual(other?.dialled)
  })
  it.each(['restart', 'lost-machine'])('has every instance served again: %s', async (scenario) => {
    const [outcome] = await simulateAll([{ variant: 'hale', scenario, seed: 1 }])
    expect(outcome?.recoveries).toHaveLength(instances)
    expect(outcome?.recoveries.at(-1)).toBeLessThan(2_000)
    expect(outcome?.untold).toBe(0)
  })
  it('keeps the peak of attempts below what it is without back-off, and the server its limit', async () => {
    const run = { scenario: 'restart', seed: 1 }
    const [paced, unpaced, plain] = await simulateAll([
      { ...run, variant: 'hale' },
      { ...run, variant: 'hale-unpaced' },
      { ...run, variant: 'pg-pool' },
    ])
    const [withIt, without] = [found('hale', paced), found('hale-unpaced', unpaced)]
    expect(withIt.peakWhileDown.median).toBeLessThan((without.peakWhileDown.median ?? 0) / 2)
    expect(withIt.peakOnceBack.median).toBeLessThan(without.peakOnceBack.median ?? 0)
    expect(unpaced?.mostSessions).toBeLessThanOrEqual(instances * 6)
    expect(paced?.callers).toBe(plain?.callers) // who comes does not depend on the pool
  })
})
