import { type DemoPool, type Fault, FaultRefusedError } from './faults/fault.ts'

/** A fault that was pressed, as the control page shows it. */
export interface StrikeView {
  /** Rises by one. */
  readonly id: number
  readonly title: string
  readonly pool: string
  /** Wall time in ms since 1970. */
  readonly at: number
  /** What to look for. */
  readonly lookFor: string
  /** What was seen, with what was measured, in the order in which it happened. */
  readonly seen: readonly string[]
}

/** More are forgotten, the oldest first, and nothing is heard of them any more. */
const MAX_STRIKES = 20
const MAX_SENTENCES = 6

interface Strike extends StrikeView {
  readonly seen: string[]
  readonly forget: AbortController
}

/** The latest faults that were pressed, and what became of them. */
export class StrikeLog {
  readonly #strikes: Strike[] = []
  #lastId = 0

  /** Newest first. */
  views(): readonly StrikeView[] {
    return this.#strikes.map(({ id, title, pool, at, lookFor, seen }) => {
      return { id, title, pool, at, lookFor, seen }
    })
  }

  /**
   * Does `fault` to `pool` and notes it.
   *
   * @throws {FaultRefusedError} where it cannot be done, whatever the reason
   */
  async strike(fault: Fault, pool: DemoPool): Promise<void> {
    const forget = new AbortController()
    const seen: string[] = []
    const tell = (sentence: string): void => {
      if (seen.length < MAX_SENTENCES) seen.push(sentence)
    }
    const at = Date.now()
    let lookFor: string
    try {
      lookFor = await fault.strike({ ...pool, tell, signal: forget.signal })
    } catch (error) {
      forget.abort()
      if (error instanceof FaultRefusedError) throw error
      // what the driver says may name users and hosts
      throw new FaultRefusedError('It could not be done: the server or the pool did not let it.')
    }
    const shown = fault.scope === 'pool' ? pool.name : 'all pools'
    this.#lastId += 1
    this.#strikes.unshift({
      id: this.#lastId,
      title: fault.title,
      pool: shown,
      at,
      lookFor,
      seen,
      forget,
    })
    for (const old of this.#strikes.splice(MAX_STRIKES)) old.forget.abort()
  }

  /** Stops listening for what becomes of faults. */
  close(): void {
    for (const { forget } of this.#strikes) forget.abort()
  }
}
