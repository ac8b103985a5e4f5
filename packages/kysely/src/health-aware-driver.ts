import { classifyFault } from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'
import { type DatabaseConnection, type PostgresDialectConfig, PostgresDriver } from 'kysely'

/** Kysely's own arguments of `acquireConnection`: none in 0.28, an abort signal from 0.29 on. */
type AcquireArguments = Parameters<PostgresDriver['acquireConnection']>

/** Kysely's PostgresConnection, a class that it does not export. */
type PooledConnection = Parameters<PostgresDriver['releaseConnection']>[0]

/** Called with a connection before it is used; when it rejects, so does the query. */
export type ConnectionHook = (
  connection: DatabaseConnection,
  ...options: AcquireArguments
) => Promise<void>

/** What Kysely's PostgresDialect takes beside the pool, with the same meaning. */
export interface DriverOptions {
  /** pg-cursor's class. Streaming needs it. */
  readonly cursor?: NonNullable<PostgresDialectConfig['cursor']>
  /** Class of the client that cancels queries, beside the pool. @default the pool's own */
  readonly controlClient?: HealthAwarePool['Client']
  /** Called once per connection, before its first use; again if it failed. */
  readonly onCreateConnection?: ConnectionHook
  /** Called each time a connection is acquired. */
  readonly onReserveConnection?: ConnectionHook
}

/**
 * Kysely's PostgresDriver, save that a hook which fails costs no slot and that a lost connection does
 * not hide why its transaction failed. Health is judged by the pool, inside `release`.
 */
export class HealthAwareDriver extends PostgresDriver {
  readonly #options: DriverOptions
  readonly #created = new WeakSet<DatabaseConnection>()

  constructor(pool: HealthAwarePool, options: DriverOptions) {
    // without the hooks: Kysely (0.29.9 and before) loses the client for good when one of them fails
    const { onCreateConnection: _created, onReserveConnection: _reserved, ...rest } = options
    super({ ...rest, pool })
    this.#options = options
  }

  override async acquireConnection(...options: AcquireArguments): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection(...options)
    try {
      await this.#runHooks(connection, options)
    } catch (error) {
      await this.releaseConnection(connection as PooledConnection)
      throw error
    }
    return connection
  }

  async #runHooks(connection: DatabaseConnection, options: AcquireArguments): Promise<void> {
    const { onCreateConnection, onReserveConnection } = this.#options
    if (!this.#created.has(connection)) {
      await onCreateConnection?.(connection, ...options)
      this.#created.add(connection)
    }
    await onReserveConnection?.(connection, ...options)
  }

  /** Kysely would throw a failing rollback in place of the error that made it roll back. */
  override async rollbackTransaction(connection: PooledConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection)
    } catch (error) {
      // the backend is gone, and its transaction with it: nothing is left to roll back
      if (classifyFault(error).scope !== 'connection') throw error
    }
  }
}
