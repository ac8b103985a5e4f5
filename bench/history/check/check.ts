import type { DatabaseState, HistoryEntry } from '../history.ts'
import { checkBalances } from './check-balances.ts'
import { checkBusy } from './check-busy.ts'
import { checkErrors } from './check-errors.ts'
import { checkLeases } from './check-leases.ts'
import { checkSize } from './check-size.ts'
import { checkWaiters } from './check-waiters.ts'
import { checkWire } from './check-wire.ts'
import { checkWrites } from './check-writes.ts'
import type { Violation } from './violation.ts'

/** Every way in which a history, and what the database holds after it, break the rules. Pure. */
export function checkHistory(
  history: readonly HistoryEntry[],
  database: DatabaseState,
): readonly Violation[] {
  return [
    ...checkWrites(history, database),
    ...checkBalances(database),
    ...checkLeases(history),
    ...checkBusy(history),
    ...checkWire(history),
    ...checkWaiters(history),
    ...checkSize(history),
    ...checkErrors(history),
  ]
}
