import type { Rule } from '../check/violation.ts'
import type { HistoryEntry } from '../history.ts'
import type { Observed } from './good-history.ts'

/** One thing that is made wrong in a good history; `pick` (0..1) says where. */
export interface Corruption {
  readonly name: string
  readonly rule: Rule
  corrupt(good: Observed, pick: number): Observed
}

/** The item at `pick`. */
export function oneOf<Item>(items: readonly Item[], pick: number): Item {
  const item = items[Math.floor(pick * items.length)]
  if (item === undefined) throw new Error('nothing to corrupt')
  return item
}

/** Without that entry. */
export function without(good: Observed, entry: HistoryEntry): Observed {
  return { ...good, history: good.history.filter((each) => each !== entry) }
}

/** With another entry in its place. */
export function replaced(good: Observed, old: HistoryEntry, entry: HistoryEntry): Observed {
  return { ...good, history: good.history.map((each) => (each === old ? entry : each)) }
}

/** With entries behind one that is there. */
export function behind(
  good: Observed,
  old: HistoryEntry,
  ...added: readonly HistoryEntry[]
): Observed {
  const history = good.history.flatMap((each) => (each === old ? [each, ...added] : [each]))
  return { ...good, history }
}
