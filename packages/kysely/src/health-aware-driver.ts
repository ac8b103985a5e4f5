import { TransactionAbortedError, toCommitError } from '@hale/pg'
import { type DatabaseConnection, type PostgresDialectConfig, PostgresDriver } from 'kysely'
import { forgetsFailedBegins } from './forgets-failed-begins.ts'
import type { ControlClientConstructor } from './kill-session.ts'
import { Lender } from './lender.ts'
import type { PoolSource } from './pool-source.ts'

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
  /** Class of the client that kills sessions, beside the pool. @default the pool's own */
  readonly controlClient?: ControlClientConstructor
  /** Called once per connection, before its first use; again if it failed. */
  readonly onCreateConnection?: ConnectionHook
  /** Called each time a connection is acquired. */
  readonly onReserveConnection?: ConnectionHook
}

/**
 * Kysely's PostgresDriver on a HealthAwarePool, with the failures of connections and transactions told as
 * they are: no slot is lost, no error hides the first one, no COMMIT is reported that was none. Health is
 * judged by the pool, inside `release`.
 */
export class HealthAwareDriver extends PostgresDriver {
  readonly #lender: Lender
  readonly #options: DriverOptions
  /** `onCreateConnection` has resolved for these. */
  readonly #setUp = new WeakSet<DatabaseConnection>()

  constructor(source: PoolSource, options: DriverOptions) {
    const lender = new Lender(source, options.controlClient)
    super({
      ...(options.cursor && { cursor: options.cursor }),
      pool: (...given) => lender.open(...given),
      onCreateConnection: async (connection) => lender.meet(connection),
    })
    this.#lender = lender
    this.#options = options
  }

  override async init(...options: Parameters<PostgresDriver['init']>): Promise<void> {
    await super.init(...options)
    if (await forgetsFailedBegins()) this.#giveBackFailedBegins()
  }

  // the application's hooks are not given to Kysely: it loses the client for good when one of them fails
  override acquireConnection(...options: AcquireArguments): Promise<DatabaseConnection> {
    const refusal = this.#lender.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    const acquiring = super.acquireConnection(...options)
    const { onCreateConnection, onReserveConnection } = this.#options
    return onCreateConnection || onReserveConnection
      ? this.#runHooks(acquiring, options)
      : acquiring
  }

  async #runHooks(
    acquiring: Promise<DatabaseConnection>,
    options: AcquireArguments,
  ): Promise<DatabaseConnection> {
    const connection = await acquiring
    const { onCreateConnection, onReserveConnection } = this.#options
    try {
      if (!this.#setUp.has(connection)) await onCreateConnection?.(connection, ...options)
      this.#setUp.add(connection)
      await onReserveConnection?.(connection, ...options)
    } catch (error) {
      await this.releaseConnection(connection as PooledConnection)
      throw error
    }
    return connection
  }

  /** Whoever keeps a connection finds it closed after that, so that it is not lent to two. */
  #giveBackFailedBegins(): void {
    const gone = new WeakSet<DatabaseConnection>()
    this.beginTransaction = async (connection, settings) => {
      try {
        await super.beginTransaction(connection, settings)
      } catch (error) {
        this.#lender.handleOf(connection)?.condemn()
        await super.releaseConnection(connection as PooledConnection)
        gone.add(connection)
        throw error
      }
    }
    this.releaseConnection = async (connection) => {
      if (!gone.has(connection)) await super.releaseConnection(connection)
    }
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const handle = this.#lender.handleOf(connection)
    try {
      await super.commitTransaction(connection)
    } catch (error) {
      throw handle?.isRunning ? toCommitError(error) : error // what was answered, or not sent, is known
    }
    // Kysely tells it from 0.29.8 on, with an error of its own
    if (handle?.lastCommand === 'ROLLBACK') throw new TransactionAbortedError()
  }

  /**
   * Never rejects, as Kysely would throw that in place of the error that made it roll back. A connection
   * whose ROLLBACK failed is closed when it is released, and its transaction with it.
   */
  override async rollbackTransaction(connection: PooledConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection)
    } catch {
      this.#lender.handleOf(connection)?.condemn()
    }
  }
}
