import { type DemoPool, type Fault, FaultRefusedError, type Occasion } from './faults/fault.ts'

/** A fault that was pressed, as the control page shows it. */
export interface StrikeView {
  /** Rises by one. */
  readonly id: number
  readonly title: string
  /** The pool it was done to, or the server. */
  readonly where: string
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
  readonly #pools: readonly DemoPool[]
  readonly #strikes: Strike[] = []
  #lastId = 0

  constructor(pools: readonly DemoPool[]) {
    this.#pools = pools
  }

  /** Newest first. */
  views(): readonly StrikeView[] {
    return this.#strikes.map(({ id, title, where, at, lookFor, seen }) => {
      return { id, title, where, at, lookFor, seen }
    })
  }

  /**
   * Does `fault` to `pool`, or to the server of all, and notes it.
   *
   * @throws {FaultRefusedError} where it cannot be done, whatever the reason
   */
  async strike(fault: Fault, pool: DemoPool): Promise<void> {
    const forget = new AbortController()
    const seen: string[] = []
    const isNamed = fault.scope === 'server' && this.#pools.length > 1
    const occasionOf = (each: DemoPool): Occasion => ({
      ...each,
      signal: forget.signal,
      tell(sentence) {
        if (seen.length < MAX_SENTENCES) seen.push(isNamed ? `${each.name}: ${sentence}` : sentence)
      },
    })
    const at = Date.now()
    const lookFor = await (fault.scope === 'pool'
      ? fault.strike(occasionOf(pool))
      : fault.strike(this.#pools.map(occasionOf))
    ).catch((error: unknown) => {
      forget.abort()
      throw refusalOf(error)
    })
    const { title } = fault
    const where = fault.scope === 'pool' ? pool.name : 'the server'
    this.#lastId += 1
    this.#strikes.unshift({ id: this.#lastId, title, where, at, lookFor, seen, forget })
    for (const old of this.#strikes.splice(MAX_STRIKES)) old.forget.abort()
  }

  /** Stops listening for what becomes of faults. */
  close(): void {
    for (const { forget } of this.#strikes) forget.abort()
  }
}

/** What the driver says may name users and hosts. */
function refusalOf(error: unknown): FaultRefusedError {
  if (error instanceof FaultRefusedError) return error
  return new FaultRefusedError('It could not be done: the server or the pool did not let it.')
}
