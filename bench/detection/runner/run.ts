import { type ContenderName, createContender } from '../contenders/create-contender.ts'
import { scenarioNamed } from '../scenarios/all-scenarios.ts'
import { type FalseRecycle, type FaultRecord, isMassRecycling } from './recorder.ts'
import { Simulation } from './simulation.ts'

/** What to run. */
export interface Run {
  readonly scenario: string
  readonly seed: number
  readonly contender: ContenderName
}

/** What came of it; plain data. All but `tookMs` depends on nothing but the run. */
export interface Outcome extends Run {
  readonly statements: number
  readonly simulatedMs: number
  /** Share of the connections that were lent, on average. */
  readonly utilisation: number
  /** Callers that found no connection and a full queue. */
  readonly shed: number
  readonly faults: readonly FaultRecord[]
  readonly falseRecycles: readonly FalseRecycle[]
  readonly trueRecycles: number
  readonly plannedRecycles: number
  readonly connections: number
  /** What the contender asked, and had opened to ask it. */
  readonly networkProbes: number
  readonly backendProbes: number
  readonly candidates: number
  readonly isMassRecycling: boolean
  /** Real time. */
  readonly tookMs: number
}

export function runOnce({ scenario, seed, contender }: Run): Outcome {
  const startedAt = performance.now()
  const simulation = new Simulation(scenarioNamed(scenario), seed, (ports) => {
    return createContender(contender, ports)
  })
  simulation.run()
  const { recorder, pool, probes, world, endsAt } = simulation
  return {
    scenario,
    seed,
    contender,
    statements: pool.traffic.statements,
    simulatedMs: endsAt,
    utilisation: pool.leasedMs / (world.connections * endsAt),
    shed: pool.lending.shed,
    faults: recorder.faults,
    falseRecycles: recorder.falseRecycles,
    trueRecycles: recorder.trueRecycles,
    plannedRecycles: recorder.plannedRecycles,
    connections: world.connections,
    networkProbes: probes.sent.network,
    backendProbes: probes.sent.backend,
    candidates: pool.candidatesOpened,
    isMassRecycling: isMassRecycling(recorder.falseRecycles, world.connections),
    tookMs: performance.now() - startedAt,
  }
}
