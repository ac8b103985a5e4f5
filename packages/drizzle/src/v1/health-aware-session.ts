import { type HealthAwarePool, runTransaction } from '@hale/pg'
import type { AnyRelations } from 'drizzle-orm'
import {
  NodePgSession,
  type NodePgSessionOptions,
  type NodePgTransaction,
} from 'drizzle-orm/node-postgres'
import type { PgDialect, PgTransactionConfig } from 'drizzle-orm/pg-core'
import { toTransactionSteps } from '../transaction-steps.ts'
import { HealthAwareTransaction } from './health-aware-transaction.ts'

/**
 * Drizzle's own session on a HealthAwarePool, save that `runTransaction` owns the transaction's client:
 * whatever fails, the client is released exactly once and the caller gets the first error.
 */
export class HealthAwareSession<TRelations extends AnyRelations> extends NodePgSession<TRelations> {
  readonly #pool: HealthAwarePool
  readonly #relations: TRelations
  readonly #options: NodePgSessionOptions

  constructor(
    pool: HealthAwarePool,
    dialect: PgDialect,
    relations: TRelations,
    options: NodePgSessionOptions,
  ) {
    super(pool, dialect, relations, options)
    this.#pool = pool
    this.#relations = relations
    this.#options = options
  }

  override transaction<Result>(
    run: (transaction: NodePgTransaction<TRelations>) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    const { dialect } = this
    const relations = this.#relations
    return runTransaction(
      this.#pool,
      (client) => {
        const session = new NodePgSession(client, dialect, relations, this.#options)
        const parts = { dialect, session, relations }
        return toTransactionSteps(new HealthAwareTransaction(parts), config)
      },
      async (transaction) => {
        const snapshot = config?.snapshot
        if (typeof snapshot === 'string') await transaction.setTransaction({ snapshot })
        const result = await run(transaction)
        transaction.savepoints.requireRolledBack()
        return result
      },
    )
  }
}
