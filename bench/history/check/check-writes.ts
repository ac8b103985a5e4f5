import type { DatabaseState, EntryOf, HistoryEntry } from '../history.ts'
import type { Rule, Violation } from './violation.ts'

/** What became of each write, against what its caller was told. */
export function checkWrites(
  history: readonly HistoryEntry[],
  { rows }: DatabaseState,
): readonly Violation[] {
  const counts = new Map<string, number>()
  for (const tag of rows) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const sent = new Set<string>()
  const writesByOp = new Map<string, string[]>()
  for (const entry of history) {
    if (entry.kind !== 'sent' || !entry.writes) continue
    sent.add(entry.tag)
    const tags = writesByOp.get(entry.op)
    if (tags === undefined) writesByOp.set(entry.op, [entry.tag])
    else tags.push(entry.tag)
  }
  const violations: Violation[] = []
  for (const [tag, count] of counts) {
    if (count > 1) violations.push({ rule: 'doubled-write', evidence: `${tag}: ${count} rows` })
    if (!sent.has(tag)) violations.push({ rule: 'stray-write', evidence: `${tag}: sent by nobody` })
  }
  for (const entry of history) {
    if (entry.kind !== 'settled') continue
    violations.push(...judge(entry, writesByOp.get(entry.op) ?? [], (tag) => counts.has(tag)))
  }
  return violations
}

/** Whatever an operation writes, it writes in one transaction. */
function judge(
  { op, fate, code }: EntryOf<'settled'>,
  tags: readonly string[],
  isThere: (tag: string) => boolean,
): readonly Violation[] {
  const told = code === undefined ? fate : `${fate} (${code})`
  const accuse = (rule: Rule, culprits: readonly string[]): readonly Violation[] =>
    culprits.map((tag) => ({ rule, evidence: `${tag} of operation ${op}, which was told ${told}` }))
  const present = tags.filter(isThere)
  const absent = tags.filter((tag) => !isThere(tag))
  switch (fate) {
    case 'acknowledged':
      return accuse('lost-write', absent)
    case 'undone':
      return accuse('undone-write', present)
    case 'unknown':
      return present.length > 0 ? accuse('torn-transaction', absent) : []
    default:
      throw fate satisfies never
  }
}
