import type { FaultLink } from '@hale/testkit'
import type { ContenderRun } from './contender-run.ts'
import { now } from './messages.ts'
import type { Stage, Surroundings } from './stage.ts'

/** What was done to one contender. */
export interface Strike {
  readonly at: number
  /** The links that broke. */
  readonly links: readonly FaultLink[]
  /** Asked at the end: failures that nobody could have prevented, because the work was on what broke. */
  unavoidable(): number
  /** How long the process itself stood still; nobody's answer can come meanwhile. @default 0 */
  readonly stoodStillMs?: number
}

/** What Hale promises of a fault; checked by every run, and shown on docs/faults.md. */
export interface Bounds {
  /** From the fault until Hale has said or done something about it; `undefined` where there is nothing to notice. */
  readonly detectMs: number | undefined
  /** From the fault until the 99th percentile is back within 1.5 times of what it was. */
  readonly healMs: number
  /** Longest that any one caller waits. */
  readonly stallMs: number
  /** What makes up the bound, in words. */
  readonly because: string
}

/** Something that goes wrong, done alike to every contender. */
export interface Fault {
  readonly id: string
  readonly title: string
  /** What is done, in a sentence that ends without a full stop. */
  readonly what: string
  /** What Hale does about it, likewise. */
  readonly answer: string
  readonly promised: Bounds
  /** @default a server of its own, nothing in between */
  readonly surroundings?: Surroundings
  /** How long contenders are watched after it, ms. */
  readonly watchMs: number
  /**
   * Whether a contender has noticed it when it gives up a link that broke; else it has to say something,
   * because the link is gone whatever the contender does.
   */
  readonly isNoticedByClosing?: boolean
  strike(runs: readonly ContenderRun[], stage: Stage): Promise<ReadonlyMap<ContenderRun, Strike>>
  /** Ends it, before slots are counted. Links are restored in any case. */
  undo?(stage: Stage): Promise<void>
}

/** Does the same thing to each contender that is alive, at the same time. */
export function toEach(
  strike: (run: ContenderRun, stage: Stage) => Promise<Strike>,
): Fault['strike'] {
  return async (runs, stage) => {
    const alive = runs.filter(({ isAlive }) => isAlive)
    const strikes = await Promise.all(
      alive.map(async (run) => [run, await strike(run, stage)] as const),
    )
    return new Map(strikes)
  }
}

/** A strike at links whose work, if any, is lost with them. */
export function strikeAt(run: ContenderRun, links: readonly FaultLink[]): Strike {
  const atWork = links.filter((link) => run.isAtWork(link)).length
  return { at: now(), links, unavoidable: () => atWork }
}

/** A strike at every link that there is. */
export function strikeAtAll(run: ContenderRun): Strike {
  return strikeAtSome(run, run.proxy.links)
}

/** A strike that takes a moment to get there; what was on the links is known when they have closed. */
export function strikeAtSome(run: ContenderRun, links: readonly FaultLink[]): Strike {
  const unavoidable = (): number => links.filter((link) => run.isAtWork(link)).length
  return { at: now(), links, unavoidable }
}
