import { describe, expect, it } from 'vitest'
import type { ContenderPorts } from '../contenders/contender.ts'
import { StaticThresholds } from '../contenders/static-thresholds.ts'
import { type Run, runOnce } from '../runner/run.ts'
import { Simulation } from '../runner/simulation.ts'
import { scenarioNamed } from '../scenarios/all-scenarios.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { ToldContender } from './told-contender.ts'

/** The outcome without the one number that is not of the simulation. */
function runTwice(run: Run): readonly unknown[] {
  return [runOnce(run), runOnce(run)].map((outcome) => ({ ...outcome, tookMs: 0 }))
}

function told(scenario: Scenario, seed: number): [Simulation, ToldContender] {
  let contender: ToldContender | undefined
  const simulation = new Simulation(scenario, seed, (ports: ContenderPorts) => {
    contender = new ToldContender(ports)
    return contender
  })
  if (contender === undefined) throw new Error('no contender was made')
  return [simulation, contender]
}

const steady: Omit<Scenario, 'begin'> = {
  name: 'steady',
  title: 'steady',
  faultClass: 'none',
  afterOnsetMs: 60_000,
  world: { isLifo: false, hasLifetimes: false },
}

describe('a simulated run', () => {
  it.each(['static', 'outlier', 'ours'] as const)(
    'comes to the same twice, with %s',
    (contender) => {
      const [first, second] = runTwice({ scenario: 'link-100ms', seed: 3, contender })
      expect(second).toEqual(first)
    },
  )

  it('differs from seed to seed', () => {
    const [first, second] = [3, 4].map((seed) => {
      return runOnce({ scenario: 'healthy', seed, contender: 'static' }).statements
    })
    expect(second).not.toBe(first)
  })

  it('strikes at the same instant whoever watches', () => {
    const onsets = (['static', 'outlier', 'ours'] as const).map((contender) => {
      return runOnce({ scenario: 'link-20ms', seed: 5, contender }).faults[0]?.beganAt
    })
    expect(new Set(onsets).size).toBe(1)
  })

  it('lets fixed thresholds find a connection on which every second statement fails', () => {
    const scenario: Scenario = {
      ...steady,
      begin: (stage) => stage.breakConnections(1, { errorRatio: 0.5 }),
    }
    const simulation = new Simulation(scenario, 1, (ports) => new StaticThresholds(ports))
    simulation.run()
    expect(simulation.recorder.faults).toMatchObject([{ foundBy: 'faults' }])
    expect(simulation.recorder.trueRecycles).toBe(1)
  })

  it('closes a black hole by the query timeout if nobody does before', () => {
    const [simulation] = told(scenarioNamed('black-hole'), 1)
    simulation.run()
    const [fault] = simulation.recorder.faults
    expect(fault).toMatchObject({ foundBy: 'query-timeout' })
    expect((fault?.foundAt ?? 0) - (fault?.beganAt ?? 0)).toBeCloseTo(30_000, -3)
  })
})

describe('labels', () => {
  it('clear a fault once its connection is replaced, and blame whoever goes on', () => {
    const scenario: Scenario = {
      ...steady,
      begin: (stage) => stage.breakConnections(2, { linkMs: 20 }),
    }
    const [simulation, contender] = told(scenario, 2)
    const { pool, recorder } = simulation
    contender.onSweep = () => {
      for (const connection of [...pool.slots]) {
        if (connection.isFaulty && !connection.isLeaving) pool.replace(connection, 'latency')
      }
    }
    simulation.run()
    expect(recorder.trueRecycles).toBe(2)
    expect(recorder.faults.every(({ foundBy }) => foundBy === 'latency')).toBe(true)
    expect(pool.slots.some(({ isFaulty }) => isFaulty)).toBe(false)
    const [sound] = pool.slots.filter(({ isLeaving }) => !isLeaving)
    if (sound !== undefined) pool.replace(sound, 'latency')
    expect(recorder.falseRecycles).toMatchObject([{ connectionId: sound?.id }])
  })

  it('do not count planned ends', () => {
    const outcome = runOnce({ scenario: 'cold-starts', seed: 1, contender: 'outlier' })
    expect(outcome.plannedRecycles).toBeGreaterThan(50)
    expect(outcome.trueRecycles).toBe(0)
  })
})
