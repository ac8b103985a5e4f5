import type { HistoryEntry } from '../history.ts'
import type { Violation } from './violation.ts'

/**
 * No statement went over the wire twice, and each answer went to whoever had asked. No caller executes a
 * statement again that was prepared before, so that executions are as many as statements at most.
 */
export function checkWire(history: readonly HistoryEntry[]): readonly Violation[] {
  const sentOn = new Map<string, number>()
  const inTransaction = new Set<number>()
  const violations: Violation[] = []
  const accuse = (evidence: string): void => void violations.push({ rule: 'sent-twice', evidence })
  for (const entry of history) {
    if (entry.kind === 'wired') {
      const { link, command, tag } = entry
      const first = tag === undefined ? undefined : sentOn.get(tag)
      if (first !== undefined) accuse(`${tag}: on link ${first} and on link ${link}`)
      else if (command === 'commit' && !inTransaction.has(link)) {
        accuse(`link ${link}: a COMMIT (${tag ?? 'no tag'}) without a BEGIN before it`)
      }
      if (tag !== undefined) sentOn.set(tag, link)
      if (command === 'begin') inTransaction.add(link)
      if (command === 'commit' || command === 'rollback') inTransaction.delete(link)
    }
    if (entry.kind === 'counted' && entry.executes > entry.parses) {
      const { link, parses, executes } = entry
      accuse(`link ${link}: ${executes} executions of ${parses} statements`)
    }
    if (entry.kind === 'answered' && entry.echo !== undefined && entry.echo !== entry.tag) {
      const evidence = `${entry.tag}: answered ${entry.echo}`
      violations.push({ rule: 'wrong-answer', evidence })
    }
  }
  return violations
}
