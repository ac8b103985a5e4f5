import type { Verdict } from '../report.ts'
import type { Spread } from '../statistics.ts'

/** One number of one contender in one case. */
export interface Figure {
  /** Such as `10 callers`. */
  readonly case: string
  /** Such as `cpu`. */
  readonly measure: string
  readonly unit: string
  /** Whose number it is, as a reader knows it. */
  readonly who: string
  readonly value: Spread
  /** Spread of the ratios to `baseline`; both are missing where there is nothing to compare with. */
  readonly ratio?: Spread
  readonly baseline?: string
}

/** What one part of the bench found. */
export interface Part {
  readonly name: string
  readonly title: string
  /** How it was measured, in a sentence or two. */
  readonly method: string
  readonly figures: readonly Figure[]
  readonly goals: readonly Verdict[]
  /** What could not be measured, and why. */
  readonly failures: readonly string[]
}

/** What a whole run found. */
export interface SpeedFound {
  readonly parts: readonly Part[]
}

/** What a part gets to run with. */
export interface PartContext {
  readonly connectionString: string
  /** Interleaved rounds of the comparisons that the goals are about; others take fewer. */
  readonly rounds: number
  /** Whether all that the part starts, the server too, shares one core. */
  readonly isOnOneCore: boolean
}

export interface PartPlan {
  readonly name: string
  readonly title: string
  /** Whether differences of a few percent matter, which the choice of a core alone can make. */
  readonly isForOneCore?: boolean | undefined
  run(context: PartContext): Promise<Part>
}

/** The figures of one measure, by case and in the order in which they were found. */
export function figuresOf(
  part: Part | undefined,
  measure: string,
): ReadonlyMap<string, readonly Figure[]> {
  const byCase = new Map<string, Figure[]>()
  for (const figure of part?.figures ?? []) {
    if (figure.measure !== measure) continue
    const others = byCase.get(figure.case)
    if (others === undefined) byCase.set(figure.case, [figure])
    else others.push(figure)
  }
  return byCase
}
