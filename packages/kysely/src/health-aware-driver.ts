import {
  type ConnectionHandle,
  connectionHandleOf,
  TransactionAbortedError,
  toCommitError,
} from '@hale/pg'
import {
  type DatabaseConnection,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely'
import type pg from 'pg'
import { equipConnection } from './equip-connection.ts'
import { forgetsFailedBegins } from './forgets-failed-begins.ts'
import { type ControlClientConstructor, killSession } from './kill-session.ts'
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

/** What is known of one of Kysely's connections. */
interface Known {
  /** `undefined` for one that no HealthAwarePool has lent. */
  readonly handle: ConnectionHandle | undefined
  /** `onCreateConnection` has resolved. */
  isSetUp: boolean
  /** Given back in Kysely's stead, never to be lent again. */
  isGone: boolean
}

/**
 * Kysely's PostgresDriver on a HealthAwarePool, with the failures of connections and transactions told as
 * they are: no slot is lost, no error hides the first one, no COMMIT is reported that was none. Health is
 * judged by the pool, inside `release`.
 */
export class HealthAwareDriver extends PostgresDriver {
  readonly #source: PoolSource
  readonly #options: DriverOptions
  readonly #known = new WeakMap<DatabaseConnection, Known>()
  #isDestroyed = false

  constructor(source: PoolSource, options: DriverOptions) {
    // without the hooks: Kysely (0.30.0-beta.2 and before) loses the client for good when one of them fails
    super({
      ...(options.cursor && { cursor: options.cursor }),
      pool: (...given) => source.open(...given),
    })
    this.#source = source
    this.#options = options
  }

  override async acquireConnection(...options: AcquireArguments): Promise<DatabaseConnection> {
    const acquiring = super.acquireConnection(...options)
    const lending = this.#source.takeLending() // Kysely calls `connect` before it waits for anything
    let connection: DatabaseConnection
    try {
      connection = await acquiring
    } catch (error) {
      throw this.#isDestroyed ? await refuse(error, lending) : error
    }
    const known = this.#known.get(connection) ?? this.#meet(connection, await lending)
    const { onCreateConnection, onReserveConnection } = this.#options
    if (onCreateConnection === undefined && onReserveConnection === undefined) return connection
    try {
      if (!known.isSetUp) await onCreateConnection?.(connection, ...options)
      known.isSetUp = true
      await onReserveConnection?.(connection, ...options)
    } catch (error) {
      await this.releaseConnection(connection as PooledConnection)
      throw error
    }
    return connection
  }

  #meet(connection: DatabaseConnection, client: pg.PoolClient | undefined): Known {
    const handle = client && connectionHandleOf(client)
    if (handle !== undefined) {
      const { Client, options } = this.#source
      const ControlClient = this.#options.controlClient ?? Client
      equipConnection(connection, handle, () => killSession(handle, ControlClient, options))
    }
    const known: Known = { handle, isSetUp: false, isGone: false }
    this.#known.set(connection, known)
    return known
  }

  override releaseConnection(connection: PooledConnection): Promise<void> {
    if (this.#known.get(connection)?.isGone) return Promise.resolve()
    return super.releaseConnection(connection)
  }

  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    try {
      await super.beginTransaction(connection, settings)
    } catch (error) {
      const known = this.#known.get(connection)
      if (known?.handle !== undefined && (await forgetsFailedBegins())) {
        known.handle.condemn()
        await super.releaseConnection(connection as PooledConnection)
        known.isGone = true
      }
      throw error
    }
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const handle = this.#known.get(connection)?.handle
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
      this.#known.get(connection)?.handle?.condemn()
    }
  }

  override async destroy(): Promise<void> {
    this.#isDestroyed = true
    await super.destroy()
  }
}

/**
 * `db.destroy()` came in between: Kysely's own words for that on every version. What was lent nevertheless
 * goes back, as Kysely 0.30.0-beta.2 forgets it; nobody else is lent anything any more.
 */
async function refuse(error: unknown, lending: Promise<pg.PoolClient> | undefined): Promise<Error> {
  try {
    ;(await lending)?.release()
  } catch {
    // nothing was lent, or Kysely has given it back
  }
  return new Error('driver has already been destroyed', { cause: error })
}
