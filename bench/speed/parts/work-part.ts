import { startChild } from '../../child.ts'
import { compare, type Round, sumOf, type Turns, takeTurns } from '../../interleaving.ts'
import { type Verdict, verdictOf } from '../../report.ts'
import { cpuPer, type Measure, nsPer, perSecond, type Sample } from '../../scenario.ts'
import type { SliceQuestion } from '../../slice.ts'
import type { Figure, Part, PartContext, PartPlan } from '../figure.ts'
import type { WorkKind, WorkTask } from '../open-work.ts'
import { baselineOf, type SpeedName, titles } from '../speed-name.ts'

/** The same work through each contender, in turns. */
export interface WorkPlan
  extends Pick<Part, 'name' | 'title' | 'method'>,
    Pick<Turns<SpeedName>, 'settlingRounds' | 'roundsPerProcess'> {
  readonly settling: number
  readonly kind: WorkKind
  readonly server: WorkTask['server']
  readonly names: readonly SpeedName[]
  readonly callers: readonly number[]
  readonly measures: readonly Measure[]
  /** Share of the rounds that it takes. */
  readonly share: number
  /** How long a slice of the slowest contender lasts, about. @default 100 */
  readonly sliceMs?: number
  readonly isLoopWatched?: boolean
  readonly isForOneCore?: boolean
  readonly goals?: (found: FoundCase) => readonly Verdict[]
}

/** What came of one number of callers. */
export interface FoundCase {
  readonly case: string
  readonly rounds: readonly Round<SpeedName>[]
}

/** The longest queue that a pool is measured with: ten callers are served, the others wait. */
export const thousandWaiting = 1_010

export function caseName(callers: number): string {
  if (callers === thousandWaiting) return '1,000 waiting'
  return `${callers} caller${callers === 1 ? '' : 's'}`
}

export function toPartPlan(plan: WorkPlan): PartPlan {
  const { name, title, isForOneCore } = plan
  return {
    name,
    title,
    isForOneCore,
    async run(context) {
      const figures: Figure[] = []
      const goals: Verdict[] = []
      const failures: string[] = []
      for (const callers of plan.callers) {
        try {
          const found = await measureCase(plan, callers, context)
          figures.push(...figuresOfCase(plan, found))
          goals.push(...(plan.goals?.(found) ?? []))
        } catch (error) {
          failures.push(`${caseName(callers)}: ${error}`)
        }
      }
      return { name, title, method: methodOf(plan, context), figures, goals, failures }
    },
  }
}

function methodOf(plan: WorkPlan, { rounds, isOnOneCore }: PartContext): string {
  const core = isOnOneCore ? ' Everybody, the server too, shares one core.' : ''
  return `${plan.method}${core} ${roundsOf(plan, rounds)} rounds.`
}

function roundsOf({ share }: WorkPlan, rounds: number): number {
  return Math.max(4, Math.round(rounds * share))
}

/** At least, for a long queue: it is full only while more callers wait than work is left. */
function leastSliceMs(callers: number): number {
  return callers > 100 ? 300 : 0
}

async function measureCase(
  plan: WorkPlan,
  callers: number,
  { connectionString, rounds }: PartContext,
): Promise<FoundCase> {
  const { kind, server, names, settling, isLoopWatched, sliceMs = 100 } = plan
  const module = new URL('../work-process.ts', import.meta.url)
  const found = await takeTurns({
    names,
    rounds: roundsOf(plan, rounds),
    settlingRounds: plan.settlingRounds,
    roundsPerProcess: plan.roundsPerProcess,
    sliceMs: Math.max(sliceMs, leastSliceMs(callers)),
    start: (name) => {
      const task: WorkTask = { name, kind, callers, server, settling, connectionString }
      return startChild<SliceQuestion, Sample>(module, {
        ...task,
        ...(isLoopWatched && { isLoopWatched }),
      })
    },
  })
  return { case: caseName(callers), rounds: found.rounds }
}

function figuresOfCase({ measures, names }: WorkPlan, found: FoundCase): Figure[] {
  return measures.flatMap((measure) =>
    names.map((name) => {
      const baseline = baselineOf(name)
      return {
        case: found.case,
        measure: measure.name,
        unit: measure.unit,
        who: titles[name],
        ...compare(found.rounds, name, baseline, measure.of),
        baseline: titles[baseline],
      }
    }),
  )
}

interface GoalFor {
  readonly what: string
  readonly subject: SpeedName
  readonly measure: Measure
  readonly atMost?: number
  readonly atLeast?: number
}

/** How `subject` stands to its baseline, beside what pg-pool does to itself. */
export function goalOf(goal: GoalFor): (found: FoundCase) => Verdict {
  return ({ case: caseOf, rounds }) => {
    const { what, subject, measure, atMost, atLeast } = goal
    const { ratio } = compare(rounds.map(joinTwins), subject, baselineOf(subject), measure.of)
    const noise = compare(rounds, 'pg-pool again', 'pg-pool', measure.of).ratio
    const bound = { ...(atMost && { atMost }), ...(atLeast && { atLeast }) }
    const verdict = verdictOf({ name: `${what}, ${caseOf}`, ...bound }, ratio.median)
    return { ...verdict, measured: { ratio, noise } }
  }
}

/** pg-pool as both of its processes together, which halves what chance makes of a process. */
function joinTwins(round: Round<SpeedName>): Round<SpeedName> {
  const [one, other] = [round.get('pg-pool'), round.get('pg-pool again')]
  if (one === undefined || other === undefined) return round
  return new Map(round).set('pg-pool', sumOf(one, other))
}

export const throughput: Measure = perSecond('queries')
export const cpu: Measure = cpuPer('query')
export const leaseTime: Measure = nsPer('lease')
export const leaseCpu: Measure = cpuPer('lease')
