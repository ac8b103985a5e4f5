import type { EntryOf, HistoryEntry } from '../history.ts'
import { Stalls, unmeasuredMs } from './stalls.ts'
import type { Violation } from './violation.ts'

/**
 * Each caller that waited was told by its deadline, and each operation came to its end. Time in which this
 * process did not run counts for nobody, as measured in the same run.
 */
export function checkWaiters(history: readonly HistoryEntry[]): readonly Violation[] {
  const stalls = new Stalls(history)
  const told = toldAt(history)
  const abortedAt = new Map<string, number>()
  for (const entry of history) if (entry.kind === 'aborted') abortedAt.set(entry.op, entry.at)
  const violations: Violation[] = []
  for (const entry of history) {
    if (entry.kind !== 'asked') continue
    const evidence = judge(entry, told(entry), abortedAt, stalls)
    if (evidence !== undefined) violations.push({ rule: 'late-waiter', evidence })
  }
  return [...violations, ...stuckCallers(history)]
}

/**
 * When an ask was settled. A statement of the pool's own `query` has waited until it is seen on the wire, or
 * has failed before that.
 */
function toldAt(history: readonly HistoryEntry[]): (asked: EntryOf<'asked'>) => number | undefined {
  const byAsk = new Map<number, number>()
  const byTag = new Map<string, number>()
  for (const entry of history) {
    if (entry.kind === 'lent' || entry.kind === 'refused') byAsk.set(entry.ask, entry.at)
    if (entry.kind !== 'wired' && entry.kind !== 'answered') continue
    if (entry.tag !== undefined && !byTag.has(entry.tag)) byTag.set(entry.tag, entry.at)
  }
  return ({ ask, tag }) => (tag === undefined ? byAsk.get(ask) : byTag.get(tag))
}

function judge(
  asked: EntryOf<'asked'>,
  toldAt: number | undefined,
  abortedAt: ReadonlyMap<string, number>,
  stalls: Stalls,
): string | undefined {
  const { ask, op = '?', at, timeoutMs } = asked
  const who = `ask ${ask} of operation ${op}`
  if (toldAt === undefined) return `${who}: never told`
  const timeoutAt = timeoutMs > 0 ? at + timeoutMs : Number.POSITIVE_INFINITY
  const gaveUpAt = abortedAt.get(op) ?? Number.POSITIVE_INFINITY
  const dueAt = Math.min(timeoutAt, Math.max(gaveUpAt, at))
  if (toldAt <= dueAt) return undefined
  const stalledMs = stalls.within(at, toldAt)
  const lateMs = toldAt - dueAt - stalledMs - unmeasuredMs
  if (lateMs <= 0) return undefined
  const waitedMs = Math.round(toldAt - at)
  return `${who}: told after ${waitedMs} ms, ${Math.round(dueAt - at)} ms allowed, ${Math.round(stalledMs)} ms stalled`
}

function stuckCallers(history: readonly HistoryEntry[]): readonly Violation[] {
  const begun = new Map<string, EntryOf<'began'>>()
  for (const entry of history) {
    if (entry.kind === 'began') begun.set(entry.op, entry)
    if (entry.kind === 'settled') begun.delete(entry.op)
  }
  return [...begun.values()].map(({ op, layer, pattern }) => {
    return { rule: 'stuck-caller', evidence: `operation ${op} (${layer}, ${pattern}): no end` }
  })
}
