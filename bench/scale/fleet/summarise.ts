import type { FailoverScenario } from './scenarios.ts'
import { type Outcome, sliceMs } from './simulate.ts'
import type { Variant } from './variants.ts'

/** Over the seeds: least, median, most; `null` for what did not happen within the simulated time. */
export interface Range {
  readonly least: number | null
  readonly median: number | null
  readonly most: number | null
}

/** What a fleet did with one kind of pool when the server failed over. */
export interface FleetFound {
  readonly name: string
  readonly label: string
  /** Most attempts to connect per second, in any half second, while the server took nobody, and from then on. */
  readonly peakWhileDown: Range
  readonly peakOnceBack: Range
  /** Attempts from the failure on, logins that succeeded among them, and those refused as one too many. */
  readonly attempts: Range
  readonly logins: Range
  readonly tooMany: Range
  readonly mostSessions: Range
  /** How long after the server so many of the instances had an answer, ms. */
  readonly half: Range
  readonly nineTenths: Range
  readonly ninetyNine: Range
  readonly all: Range
  readonly callers: Range
  readonly failures: Range
  readonly longestMs: Range
  readonly untold: Range
  /** Attempts per second over time, median over the seeds. */
  readonly attemptsPerSecond: readonly number[]
  /** Share of instances that serve again, by steps of `recoveryStepMs` from the server's return on; median. */
  readonly serving: readonly number[]
}

/** Steps of the curve of recovery, ms. */
export const recoveryStepMs = 100

/** Puts together what one variant did in one scenario with all seeds. */
export function summarise(
  { name, label }: Pick<Variant, 'name' | 'label'>,
  outcomes: readonly Outcome[],
  scenario: FailoverScenario,
): FleetFound {
  const { failsAt, acceptsAt, endsAt } = scenario
  const rangeBy = (read: (outcome: Outcome) => number): Range => rangeOf(outcomes.map(read))
  const peak = (from: number, to: number) => (outcome: Outcome) =>
    Math.max(0, ...slices(outcome.dialled, from, to)) * (1_000 / sliceMs)
  const count = (series: 'dialled' | 'loggedIn') => (outcome: Outcome) =>
    slices(outcome[series], failsAt, endsAt).reduce((sum, each) => sum + each, 0)
  const served = (share: number) => (outcome: Outcome) =>
    outcome.recoveries[Math.ceil(share * outcome.instances) - 1] ?? Number.POSITIVE_INFINITY
  return {
    name,
    label,
    peakWhileDown: rangeBy(peak(failsAt, acceptsAt)),
    peakOnceBack: rangeBy(peak(acceptsAt, endsAt)),
    attempts: rangeBy(count('dialled')),
    logins: rangeBy(count('loggedIn')),
    tooMany: rangeBy(({ attempts }) => attempts.tooMany),
    mostSessions: rangeBy(({ mostSessions }) => mostSessions),
    half: rangeBy(served(0.5)),
    nineTenths: rangeBy(served(0.9)),
    ninetyNine: rangeBy(served(0.99)),
    all: rangeBy(served(1)),
    callers: rangeBy(({ callers }) => callers),
    failures: rangeBy(({ failures }) => failures),
    longestMs: rangeBy(({ longestMs }) => longestMs),
    untold: rangeBy(({ untold }) => untold),
    attemptsPerSecond: medians(
      outcomes.map(({ dialled }) => slices(dialled, 0, endsAt).map((n) => n * (1_000 / sliceMs))),
    ),
    serving: medians(outcomes.map((outcome) => servingOf(outcome, endsAt - acceptsAt))),
  }
}

/** Of at least one value; `Infinity` is what did not happen. */
export function rangeOf(values: readonly number[]): Range {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number | null => {
    const value = sorted[index]
    return value === undefined || value === Number.POSITIVE_INFINITY ? null : round(value)
  }
  return { least: at(0), median: at(sorted.length >> 1), most: at(sorted.length - 1) }
}

function slices(series: readonly number[], from: number, to: number): number[] {
  return Array.from({ length: (to - from) / sliceMs }, (_, n) => series[from / sliceMs + n] ?? 0)
}

function servingOf({ recoveries, instances }: Outcome, ms: number): number[] {
  return Array.from({ length: ms / recoveryStepMs + 1 }, (_, step) => {
    return recoveries.filter((at) => at <= step * recoveryStepMs).length / instances
  })
}

/** Place by place. */
function medians(series: readonly (readonly number[])[]): number[] {
  const [first = []] = series
  return first.map((_, place) => rangeOf(series.map((each) => each[place] ?? 0)).median ?? 0)
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
