import type { EntryOf, HistoryEntry } from '../history.ts'
import { Stalls, unmeasuredMs } from './stalls.ts'
import type { Violation } from './violation.ts'

/**
 * Nobody was lent a connection on which a statement of somebody before still ran. A caller hears of an answer in
 * the turn of the event loop in which the pool does, though behind it: a difference that may be one turn counts
 * for nobody.
 */
export function checkBusy(history: readonly HistoryEntry[]): readonly Violation[] {
  const stalls = new Stalls(history)
  const running = new Map<number, Set<string>>()
  const linkOf = new Map<string, number>()
  const lentUnder = new Map<string, EntryOf<'lent'>>()
  const violations: Violation[] = []
  for (const entry of history) {
    if (entry.kind === 'wired' && entry.tag !== undefined) {
      linkOf.set(entry.tag, entry.link)
      const tags = running.get(entry.link)
      if (tags === undefined) running.set(entry.link, new Set([entry.tag]))
      else tags.add(entry.tag)
    }
    if (entry.kind === 'lent' && entry.link !== undefined) {
      for (const tag of running.get(entry.link) ?? []) lentUnder.set(tag, entry)
    }
    if (entry.kind !== 'answered') continue
    const lent = lentUnder.get(entry.tag)
    running.get(linkOf.get(entry.tag) ?? 0)?.delete(entry.tag)
    if (lent === undefined) continue
    const laterMs = entry.at - lent.at - stalls.within(lent.at, entry.at)
    if (laterMs <= unmeasuredMs) continue
    const evidence = `link ${lent.link}: lent (ask ${lent.ask}) ${Math.round(laterMs)} ms before ${entry.tag} was answered on it`
    violations.push({ rule: 'dirty-lease', evidence })
  }
  return violations
}
