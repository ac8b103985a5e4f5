import { type DatabaseState, openingBalance } from '../history.ts'
import { accountCount } from '../ledger.ts'
import type { Violation } from './violation.ts'

/**
 * Each account holds what it began with and what the transfers that are there have moved. That says of every
 * transfer that it took effect as a whole and once, and that the sum of all balances is what it was.
 */
export function checkBalances({ accounts, transfers }: DatabaseState): readonly Violation[] {
  const expected = new Map<number, number>()
  for (let id = 1; id <= accountCount; id++) expected.set(id, openingBalance)
  for (const { source, target, amount } of transfers) {
    expected.set(source, (expected.get(source) ?? 0) - amount)
    expected.set(target, (expected.get(target) ?? 0) + amount)
  }
  const balances = new Map(accounts.map(({ id, balance }) => [id, balance]))
  const violations: Violation[] = []
  for (const [id, balance] of expected) {
    const held = balances.get(id)
    if (held === balance) continue
    const evidence = `account ${id}: holds ${held ?? 'nothing'}, its transfers make ${balance}`
    violations.push({ rule: 'balance', evidence })
  }
  return violations
}
