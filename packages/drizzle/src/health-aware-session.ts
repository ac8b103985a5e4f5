import type { HealthAwarePool } from '@hale/pg'
import {
  type RelationalSchemaConfig,
  type SQL,
  sql,
  type TablesRelationalConfig,
} from 'drizzle-orm'
import {
  NodePgSession,
  type NodePgSessionOptions,
  NodePgTransaction,
} from 'drizzle-orm/node-postgres'
import type { PgDialect, PgTransactionConfig } from 'drizzle-orm/pg-core'

/**
 * Drizzle's own session on a HealthAwarePool, save that it owns the transaction's client: whatever
 * fails, the client is released exactly once, the caller gets the first error, and no statement of the
 * transaction is sent a second time.
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

  override async transaction<Result>(
    run: (transaction: NodePgTransaction<TFullSchema, TSchema>) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    const client = await this.#pool.connect()
    // why the client is of no more use, where that is known; the rest is judged inside `release`
    let failure: Error | undefined
    try {
      const session = new NodePgSession(client, this.dialect, this.#schema, this.#options)
      const transaction = new NodePgTransaction<TFullSchema, TSchema>(
        this.dialect,
        session,
        this.#schema,
      )
      await transaction.execute(sql.raw(renderBegin(config)))
      let result: Result
      try {
        result = await run(transaction)
      } catch (error) {
        failure = await rollBack(transaction)
        throw error
      }
      // an answered COMMIT has ended the transaction, with or without an error: no rollback after it
      await transaction.execute(sql`commit`)
      return result
    } finally {
      client.release(failure)
    }
  }
}

interface Executor {
  execute(query: SQL): PromiseLike<unknown>
}

/** Returns the error of a rollback that failed, for the pool alone: the caller gets the first error. */
async function rollBack(transaction: Executor): Promise<Error | undefined> {
  try {
    await transaction.execute(sql`rollback`)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** As Drizzle's own getTransactionConfigSQL renders it, which is internal to Drizzle. */
function renderBegin({ isolationLevel, accessMode, deferrable }: PgTransactionConfig = {}): string {
  const parts = ['begin']
  if (isolationLevel) parts.push(`isolation level ${isolationLevel}`)
  if (accessMode) parts.push(accessMode)
  if (typeof deferrable === 'boolean') parts.push(deferrable ? 'deferrable' : 'not deferrable')
  return parts.join(' ')
}
