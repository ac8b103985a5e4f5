import type { EntryOf, HistoryEntry } from '../history.ts'
import type { Violation } from './violation.ts'

/** A holder of one of these may keep its client: the connection is dead, and takes no slot. */
const deadCauses = new Set(['lost', 'leaked', 'unresponsive', 'pool-closed'])

/**
 * The pool never grew beyond `max` and its overlap: it may be larger after `max` was lowered, but not become
 * so. And callers never held more clients than the pool said that it had. At the end it is empty.
 */
export function checkSize(history: readonly HistoryEntry[]): readonly Violation[] {
  const violations: Violation[] = []
  const held = new Map<number, number | undefined>()
  const dead = new Set<number>()
  let latest: EntryOf<'sized'> | undefined
  for (const entry of history) {
    if (entry.kind === 'sized') {
      const evidence = growthBeyond(entry, latest?.total ?? 0)
      if (evidence !== undefined) violations.push({ rule: 'above-max', evidence })
      latest = entry
    }
    if (entry.kind === 'told' && deadCauses.has(entry.cause ?? '')) dead.add(entry.connectionId)
    if (entry.kind === 'returned') held.delete(entry.ask)
    if (entry.kind === 'rested') violations.push(...leakedSlots(entry))
    if (entry.kind !== 'lent') continue
    held.set(entry.ask, entry.connectionId)
    const alive = [...held.values()].filter((id) => id === undefined || !dead.has(id))
    const total = latest?.total ?? 0
    if (alive.length <= total) continue
    const evidence = `callers hold ${alive.length} clients of a pool of ${total}`
    violations.push({ rule: 'above-max', evidence })
  }
  return violations
}

function growthBeyond({ total, limit }: EntryOf<'sized'>, before: number): string | undefined {
  const isGrowth = total > limit && total > before
  return isGrowth ? `${total} connections after ${before}, ${limit} allowed` : undefined
}

function leakedSlots({ leased, waiting, hasEnded }: EntryOf<'rested'>): readonly Violation[] {
  const evidence: string[] = []
  if (leased + waiting > 0) evidence.push(`at rest ${leased} leased, ${waiting} waiting`)
  if (!hasEnded) evidence.push('the pool did not end')
  return evidence.map((each) => ({ rule: 'leaked-slot', evidence: each }))
}
