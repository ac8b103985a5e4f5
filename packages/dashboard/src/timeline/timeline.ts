import type { TimelineEntry } from '../state/dashboard-state.ts'

/** Entries that are remembered. */
export const timelineLength = 200
/** Characters of a text; issues are explained in less. */
const maxTextLength = 2_000

/** An entry without its number. */
export type TimelineFact = Omit<TimelineEntry, 'id'>

/** What happened to a pool lately. Entries are frozen; one that turns out to have a sequel is amended. */
export class Timeline {
  // Invariant: ids rise by one, oldest first, without gaps.
  readonly #entries: TimelineEntry[] = []
  #latestId = 0

  /** Returns the entry's id. */
  add(fact: TimelineFact): number {
    this.#latestId += 1
    this.#entries.push(seal({ ...fact, id: this.#latestId }))
    if (this.#entries.length > timelineLength) this.#entries.shift()
    return this.#latestId
  }

  /** Adds a sentence to an entry, as far as it is still remembered: another value under the same id. */
  amend(id: number, { text, successorId }: { text: string; successorId: number }): void {
    const index = this.#entries.length - 1 - (this.#latestId - id)
    const known = this.#entries[index]
    if (known === undefined) return
    this.#entries[index] = seal({ ...known, successorId, text: `${known.text} ${text}` })
  }

  /** The latest first; a copy. */
  entries(): readonly TimelineEntry[] {
    return this.#entries.toReversed()
  }
}

function seal(entry: TimelineEntry): TimelineEntry {
  return Object.freeze({ ...entry, text: entry.text.slice(0, maxTextLength) })
}
