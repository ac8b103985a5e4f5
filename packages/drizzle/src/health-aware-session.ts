import { type HealthAwarePool, runTransaction } from '@hale/pg'
import type { RelationalSchemaConfig, TablesRelationalConfig } from 'drizzle-orm'
import {
  NodePgSession,
  type NodePgSessionOptions,
  type NodePgTransaction,
} from 'drizzle-orm/node-postgres'
import type { PgDialect, PgTransactionConfig } from 'drizzle-orm/pg-core'
import { HealthAwareTransaction } from './health-aware-transaction.ts'
import { toTransactionSteps } from './transaction-steps.ts'

/**
 * Drizzle's own session on a HealthAwarePool, save that `runTransaction` owns the transaction's client:
 * whatever fails, the client is released exactly once and the caller gets the first error.
 */
export class HealthAwareSession<
  TFullSchema extends Record<string, unknown>,
  TSchema extends TablesRelationalConfig,
> extends NodePgSession<TFullSchema, TSchema> {
  readonly #pool: HealthAwarePool
  readonly #schema: RelationalSchemaConfig<TSchema> | undefined
  readonly #options: NodePgSessionOptions

  constructor(
    pool: HealthAwarePool,
    dialect: PgDialect,
    schema: RelationalSchemaConfig<TSchema> | undefined,
    options: NodePgSessionOptions,
  ) {
    super(pool, dialect, schema, options)
    this.#pool = pool
    this.#schema = schema
    this.#options = options
  }

  override transaction<Result>(
    run: (transaction: NodePgTransaction<TFullSchema, TSchema>) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    const { dialect } = this
    const schema = this.#schema
    return runTransaction(
      this.#pool,
      (client) => {
        const session = new NodePgSession<TFullSchema, TSchema>(
          client,
          dialect,
          schema,
          this.#options,
        )
        const parts = { dialect, session, schema }
        return toTransactionSteps(new HealthAwareTransaction(parts), config)
      },
      async (transaction) => {
        const result = await run(transaction)
        transaction.savepoints.requireRolledBack()
        return result
      },
    )
  }
}
