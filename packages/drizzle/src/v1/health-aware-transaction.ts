import type { AnyRelations } from 'drizzle-orm'
import { type NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres'
import type { PgDialect } from 'drizzle-orm/pg-core'
import { Savepoints } from '../savepoints.ts'

interface TransactionParts<TRelations extends AnyRelations> {
  readonly dialect: PgDialect
  readonly session: NodePgSession<TRelations>
  readonly relations: TRelations
}

/** Drizzle's own transaction, save that what a nested one could not roll back is never committed. */
export class HealthAwareTransaction<
  TRelations extends AnyRelations,
> extends NodePgTransaction<TRelations> {
  /** Those of the outermost transaction, at every level. */
  readonly savepoints: Savepoints
  readonly #parts: TransactionParts<TRelations>

  constructor(
    parts: TransactionParts<TRelations>,
    savepoints: Savepoints = new Savepoints(),
    nestedIndex: number = 0,
  ) {
    super(parts.dialect, parts.session, parts.relations, nestedIndex, false)
    this.#parts = parts
    this.savepoints = savepoints
  }

  override transaction<Result>(
    run: (transaction: NodePgTransaction<TRelations>) => Promise<Result>,
  ): Promise<Result> {
    const level = this.nestedIndex + 1
    const nested = new HealthAwareTransaction(this.#parts, this.savepoints, level)
    return this.savepoints.run(`sp${level}`, nested, run)
  }
}
