import type { EntryOf, HistoryEntry } from '../history.ts'

/**
 * What the measure of the event loop cannot see, ms: it looks every 10 ms, a deadline takes two turns of the
 * loop after its timer, and timers are rounded up by one.
 */
export const unmeasuredMs = 25

/** When the event loop stood still. */
export class Stalls {
  /** In the order of their ends, none over another. */
  readonly #stalls: readonly EntryOf<'stalled'>[]

  constructor(history: readonly HistoryEntry[]) {
    this.#stalls = history.filter((entry) => entry.kind === 'stalled')
  }

  /** For how many ms between the two instants. */
  within(from: number, to: number): number {
    let total = 0
    for (const { at, ms } of this.#stalls) {
      total += Math.max(0, Math.min(at, to) - Math.max(at - ms, from))
    }
    return total
  }
}
