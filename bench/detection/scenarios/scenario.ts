import type { WorldOptions } from '../world/world.ts'
import type { Stage } from './stage.ts'

/**
 * How plain a fault is. `plain`: at least twice as slow, at least 20 ms, or no answer at all;
 * recall is promised for these. `subtle`: less, or seldom. `none`: no connection is at fault, so
 * that every recycle is a false one.
 */
export type FaultClass = 'plain' | 'subtle' | 'none'

/** One thing that can happen to a pool, with the truth about it. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly faultClass: FaultClass
  /** How long the run goes on after the onset. */
  readonly afterOnsetMs: number
  readonly world?: WorldOptions
  /** What happens at the onset. */
  readonly begin: (stage: Stage) => unknown
}

/** The onset is drawn from here, so that everything is warm by then. */
export const onsetMs = { from: 60_000, to: 90_000 }
