import type { TransactionSteps } from '@hale/pg'
import type { Executor } from './savepoints.ts'

/** What Drizzle's PgTransactionConfig has in both majors. */
export interface TransactionModes {
  readonly isolationLevel?: string | undefined
  readonly accessMode?: string | undefined
  readonly deferrable?: boolean | undefined
}

/** A Drizzle transaction as `runTransaction` runs it: each step is logged, and fails, as in Drizzle. */
export function toTransactionSteps<Transaction extends Executor>(
  transaction: Transaction,
  modes: TransactionModes | undefined,
): TransactionSteps<Transaction> {
  return {
    transaction,
    begin: () => transaction.execute(renderBegin(modes)),
    commit: () => transaction.execute('commit'),
    rollback: () => transaction.execute('rollback'),
  }
}

/** As Drizzle's own getTransactionConfigSQL renders it, which is internal to Drizzle. */
function renderBegin({ isolationLevel, accessMode, deferrable }: TransactionModes = {}): string {
  const parts = ['begin']
  if (isolationLevel) parts.push(`isolation level ${isolationLevel}`)
  if (accessMode) parts.push(accessMode)
  if (typeof deferrable === 'boolean') parts.push(deferrable ? 'deferrable' : 'not deferrable')
  return parts.join(' ')
}
