import { type ConnectionHandle, connectionHandleOf, type HealthAwarePool } from '@hale/pg'
import type { DatabaseConnection } from 'kysely'
import type pg from 'pg'
import { equipConnection } from './equip-connection.ts'
import { type ControlClientConstructor, killSession } from './kill-session.ts'
import type { PoolFactory, PoolSource } from './pool-source.ts'

/** What one driver of Kysely takes for its pool. It knows which connection is which client's. */
export class Lender {
  // Kysely makes a connection of each client that is new to it, in the order in which `connect` has resolved:
  // `#arrived` has those that it has made none of yet.
  readonly #source: PoolSource
  readonly #controlClient: ControlClientConstructor | undefined
  #pool: HealthAwarePool | undefined
  readonly #known = new WeakSet<object>()
  readonly #arrived: pg.PoolClient[] = []
  readonly #handles = new WeakMap<DatabaseConnection, ConnectionHandle>()
  #isDestroyed = false

  constructor(source: PoolSource, controlClient: ControlClientConstructor | undefined) {
    this.#source = source
    this.#controlClient = controlClient
  }

  async open(...options: Parameters<PoolFactory>): Promise<this> {
    this.#pool = await this.#source.open(...options)
    return this
  }

  get #opened(): HealthAwarePool {
    return this.#pool ?? this.#source.pool
  }

  get Client(): HealthAwarePool['Client'] {
    return this.#opened.Client
  }
  get options(): pg.PoolConfig {
    return this.#opened.options
  }

  connect(): Promise<pg.PoolClient> {
    return this.#opened.connect().then(this.#arrive, this.#fail)
  }

  readonly #arrive = (client: pg.PoolClient): pg.PoolClient => {
    const refusal = this.refusal()
    if (refusal !== undefined) {
      client.release() // which Kysely 0.30.0-beta.2 would forget
      throw refusal
    }
    if (!this.#known.has(client)) {
      this.#known.add(client)
      this.#arrived.push(client)
    }
    return client
  }

  readonly #fail = (error: unknown): never => {
    throw this.refusal(error) ?? error
  }

  /** What callers are told after `db.destroy()`, in Kysely's own words; `undefined` before. */
  refusal(cause?: unknown): Error | undefined {
    return this.#isDestroyed ? new Error('driver has already been destroyed', { cause }) : undefined
  }

  /** Takes note of a connection that Kysely has just made. */
  meet(connection: DatabaseConnection): void {
    const client = this.#arrived.shift()
    const handle = client && connectionHandleOf(client)
    if (handle === undefined) return
    this.#handles.set(connection, handle)
    const ControlClient = this.#controlClient ?? this.Client
    equipConnection(connection, handle, () => killSession(handle, ControlClient, this.options))
  }

  /** `undefined` for a connection that no HealthAwarePool has lent. */
  handleOf(connection: DatabaseConnection): ConnectionHandle | undefined {
    return this.#handles.get(connection)
  }

  /** Resolves at once when the application has ended the pool itself. */
  async end(): Promise<void> {
    this.#isDestroyed = true
    const pool = this.#opened
    if (!pool.ending) await pool.end()
  }
}
