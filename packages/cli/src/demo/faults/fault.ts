import type { HealthAwarePool } from '@hale/pg'

/** A pool of the demo, by the name under which the dashboard shows it. */
export interface DemoPool {
  readonly name: string
  readonly pool: HealthAwarePool
}

/** What a fault is told when it is to happen. */
export interface Occasion extends DemoPool {
  /** Takes a sentence about what was seen, with what was measured. */
  tell(sentence: string): void
  /** Aborted when nobody is interested in sentences any more. */
  readonly signal: AbortSignal
}

/** Something that can go wrong, as a button. */
export interface Fault {
  /** Names it in requests. */
  readonly id: string
  /** On the button. */
  readonly title: string
  /** One sentence: what it does. */
  readonly effect: string
  /** What it is done to: a pool that is chosen, or all of them. */
  readonly scope: 'pool' | 'server'
  /**
   * Does it, and gives back one sentence on what to look for.
   *
   * @throws {FaultRefusedError} where it cannot be done at the moment
   */
  strike(occasion: Occasion): Promise<string>
}

/** A fault cannot be done at the moment; the message says why, as a sentence for the visitor. */
export class FaultRefusedError extends Error {
  override readonly name = 'FaultRefusedError'
}
