import { AsyncLocalStorage } from 'node:async_hooks'
import type { Fact, HistoryEntry } from '../history.ts'

/** Writes down what is observed, with the instant, in the order in which it is observed. */
export class HistoryRecorder {
  readonly entries: HistoryEntry[] = []
  readonly #flow = new AsyncLocalStorage<string>()

  note(fact: Fact): void {
    this.entries.push({ ...fact, at: performance.now() } as HistoryEntry)
  }

  /** Runs `work` so that whatever it asks of the pool is known to be for `op`, ORMs in between included. */
  runAs<Result>(op: string, work: () => Result): Result {
    return this.#flow.run(op, work)
  }

  /** The operation that the present code runs for. */
  get op(): string | undefined {
    return this.#flow.getStore()
  }
}
