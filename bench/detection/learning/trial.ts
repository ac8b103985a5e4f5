import { Simulation } from '../runner/simulation.ts'
import { scenarioNamed } from '../scenarios/all-scenarios.ts'
import { Random } from '../world/random.ts'
import { createJudge, isVisiblySlow, type JudgeName } from './judges.ts'
import type { Model } from './model.ts'
import { Observed } from './observed.ts'
import type { Sample } from './samples.ts'

/** One run by one judge. */
export interface Trial {
  readonly scenario: string
  readonly seed: number
  readonly judge: string
  readonly statements: number
  readonly connectionHours: number
  /** Time until each fault was found, or until the run ended without that. */
  readonly faults: readonly { readonly ms: number; readonly isFound: boolean }[]
  readonly trueRecycles: number
  readonly falseRecycles: number
  /** Confirmations that a suspicion of this judge started, and what became of them. */
  readonly started: number
  readonly confirmed: number
  readonly dismissed: number
  readonly unanswered: number
  readonly candidates: number
  readonly backendProbes: number
}

/** Connections are looked at in this share of the sweeps; the interesting ones more often. */
const samplingRatio = { usual: 0.002, interesting: 0.1 }
const interestingSuspicion = 0.4

export interface TrialOptions {
  readonly scenario: string
  readonly seed: number
  readonly judge: string
  readonly which: JudgeName | Model
  /** Gets what can be learned from the run. */
  readonly onSample?: (sample: Sample) => void
}

export function runTrial({ scenario, seed, judge, which, onSample }: TrialOptions): Trial {
  const made: { observed?: Observed } = {}
  const simulation: Simulation = new Simulation(scenarioNamed(scenario), seed, (ports) => {
    made.observed = new Observed(
      ports,
      createJudge(which, ports, () => simulation),
    )
    return made.observed
  })
  const { observed } = made
  if (observed === undefined) throw new Error('no contender was made')
  if (which === 'again') simulation.world.random.next()
  if (onSample !== undefined) sampleSweeps(simulation, observed, scenario, seed, onSample)
  simulation.run()
  if (onSample !== undefined) sampleOutcomes(observed, scenario, onSample)
  return trialOf(simulation, observed, { scenario, seed, judge })
}

function trialOf(
  { recorder, pool, probes, world, endsAt }: Simulation,
  { confirmations }: Observed,
  run: Pick<Trial, 'scenario' | 'seed' | 'judge'>,
): Trial {
  const own = confirmations.filter(({ channel }) => channel === 'shift')
  return {
    ...run,
    statements: pool.traffic.statements,
    connectionHours: (world.connections * endsAt) / 3_600_000,
    faults: recorder.faults.map(({ beganAt, foundAt }) => {
      return { ms: (foundAt ?? endsAt) - beganAt, isFound: foundAt !== undefined }
    }),
    trueRecycles: recorder.trueRecycles,
    falseRecycles: recorder.falseRecycles.length,
    started: own.length,
    confirmed: own.filter(({ result }) => result === 'confirmed').length,
    dismissed: own.filter(({ result }) => result === 'dismissed').length,
    unanswered: own.filter(({ result }) => result === 'unanswered').length,
    candidates: pool.candidatesOpened,
    backendProbes: probes.sent.backend,
  }
}

function sampleOutcomes(
  { confirmations }: Observed,
  scenario: string,
  onSample: (sample: Sample) => void,
): void {
  for (const { channel, features, result } of confirmations) {
    if (channel !== 'shift' || result === 'open') continue
    const label = result === 'confirmed' ? 1 : 0
    onSample({ scenario, source: 'outcome', features, label, weight: 1 })
  }
}

/** What the simulator knows of connections that are there; those at fault in other ways are left out. */
function sampleSweeps(
  { pool }: Simulation,
  observed: Observed,
  scenario: string,
  seed: number,
  onSample: (sample: Sample) => void,
): void {
  const random = new Random(seed, 'samples')
  const sweep = observed.sweep.bind(observed)
  observed.sweep = (now) => {
    sweep(now)
    for (const connection of pool.slots) {
      const isSlow = isVisiblySlow(connection)
      const { duels } = connection.metrics
      if (connection.isLeaving || duels.duels < 2 || isSlow !== connection.isFaulty) continue
      const isInteresting = isSlow || observed.features.suspicion(duels) > interestingSuspicion
      const ratio = isInteresting ? samplingRatio.interesting : samplingRatio.usual
      if (random.next() >= ratio) continue
      const features = observed.features.read(duels)
      onSample({ scenario, source: 'truth', features, label: isSlow ? 1 : 0, weight: 1 / ratio })
    }
  }
}
