import type { HealthAwarePool } from '@hale/pg'

/** A pool of the demo, by the name under which the dashboard shows it. */
export interface DemoPool {
  readonly name: string
  readonly pool: HealthAwarePool
}

/** A pool that sees a fault, and where to tell what became of it. */
export interface Occasion extends DemoPool {
  /** Takes a sentence about what was seen, with what was measured. */
  tell(sentence: string): void
  /** Aborted when nobody is interested in sentences any more. */
  readonly signal: AbortSignal
}

/** Something that can go wrong, as a button: in one pool, which is chosen, or in the server of all. */
export type Fault = PoolFault | ServerFault

interface FaultWords {
  /** Names it in requests. */
  readonly id: string
  /** On the button. */
  readonly title: string
  /** One sentence: what it does. */
  readonly effect: string
}

export interface PoolFault extends FaultWords {
  readonly scope: 'pool'
  /**
   * Does it, and gives back one sentence on what to look for.
   *
   * @throws {FaultRefusedError} where it cannot be done at the moment
   */
  strike(occasion: Occasion): Promise<string>
}

export interface ServerFault extends FaultWords {
  readonly scope: 'server'
  /** As a pool's, with an occasion for each pool. */
  strike(occasions: readonly Occasion[]): Promise<string>
}

/** A fault cannot be done at the moment; the message says why, as a sentence for the visitor. */
export class FaultRefusedError extends Error {
  override readonly name = 'FaultRefusedError'
}
