import type { RelationalSchemaConfig, TablesRelationalConfig } from 'drizzle-orm'
import { type NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres'
import type { PgDialect } from 'drizzle-orm/pg-core'
import { Savepoints } from './savepoints.ts'

interface TransactionParts<
  TFullSchema extends Record<string, unknown>,
  TSchema extends TablesRelationalConfig,
> {
  readonly dialect: PgDialect
  readonly session: NodePgSession<TFullSchema, TSchema>
  readonly schema: RelationalSchemaConfig<TSchema> | undefined
}

/** Drizzle's own transaction, save that a nested one keeps the error that it failed with. */
export class HealthAwareTransaction<
  TFullSchema extends Record<string, unknown>,
  TSchema extends TablesRelationalConfig,
> extends NodePgTransaction<TFullSchema, TSchema> {
  /** Those of the outermost transaction, at every level. */
  readonly savepoints: Savepoints
  readonly #parts: TransactionParts<TFullSchema, TSchema>

  constructor(
    parts: TransactionParts<TFullSchema, TSchema>,
    savepoints: Savepoints = new Savepoints(),
    nestedIndex: number = 0,
  ) {
    super(parts.dialect, parts.session, parts.schema, nestedIndex)
    this.#parts = parts
    this.savepoints = savepoints
  }

  override transaction<Result>(
    run: (transaction: NodePgTransaction<TFullSchema, TSchema>) => Promise<Result>,
  ): Promise<Result> {
    const level = this.nestedIndex + 1
    const nested = new HealthAwareTransaction(this.#parts, this.savepoints, level)
    return this.savepoints.run(`sp${level}`, nested, run)
  }
}
