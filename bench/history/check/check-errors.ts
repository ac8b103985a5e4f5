import type { HistoryEntry } from '../history.ts'
import type { Violation } from './violation.ts'

/** Nothing failed that must not: a caller of a pool that works can always give back what it was lent. */
export function checkErrors(history: readonly HistoryEntry[]): readonly Violation[] {
  const violations: Violation[] = []
  for (const entry of history) {
    if (entry.kind !== 'settled' || entry.thrown === undefined) continue
    violations.push({
      rule: 'unexpected-error',
      evidence: `operation ${entry.op}: ${entry.thrown}`,
    })
  }
  return violations
}
