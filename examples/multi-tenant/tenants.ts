import { classifyFault } from '@hale/core'
import { HealthAwareDialect } from '@hale/kysely'
import { HealthAwareConnectionManager, type HealthAwarePool } from '@hale/pg'
import { type Generated, Kysely } from 'kysely'

export interface Database {
  orders: { id: Generated<number>; item: string }
}

/** One database per tenant, by the tenant's name, on a primary and on the replica that follows it. */
export class Tenants implements AsyncDisposable {
  readonly manager: HealthAwareConnectionManager
  readonly #servers: { readonly primary: string; readonly replica: string }
  /** One Kysely per pool, made when it is needed. */
  readonly #databases = new WeakMap<HealthAwarePool, Kysely<Database>>()

  /** Connection strings, the names of databases in which do not matter. */
  constructor(servers: { readonly primary: string; readonly replica: string }) {
    this.#servers = servers
    this.manager = new HealthAwareConnectionManager({
      // For each pool, and there are two per tenant: what nobody uses holds no connection.
      defaults: {
        application_name: 'orders',
        max: 3,
        idleTimeoutMillis: 10_000,
        health: { probeIntervalMs: 1_000 },
      },
      maxReplicaLagMs: 10_000,
    })
  }

  /** Where the tenant's writes go, and reads that must see what was just written. */
  writing(tenant: string): Kysely<Database> {
    return this.#databaseOn(this.manager.primary(this.#groupOf(tenant)))
  }

  /**
   * Runs `use` on a replica that is well, else on the primary. If the replica is lost under it, once more on
   * the primary. Hale itself sends nothing twice; that this may be, because it only reads, is for us to know.
   */
  async read<Result>(
    tenant: string,
    use: (database: Kysely<Database>) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await use(this.#databaseOn(this.manager.replica(this.#groupOf(tenant))))
    } catch (error) {
      if (!classifyFault(error).retryable) throw error
      return use(this.writing(tenant))
    }
  }

  /** Ends all pools. A Kysely has nothing of its own to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.close()
  }

  /** Registers a tenant that comes by for the first time. Only ever called with names that are known. */
  #groupOf(tenant: string): string {
    for (const role of ['primary', 'replica'] as const) {
      const name = `${tenant}/${role}`
      if (this.manager.has(name)) continue
      const url = new URL(this.#servers[role])
      url.pathname = tenant
      const waitsMs = role === 'replica' ? 500 : 2_000 // there is another place to read from
      const options = { connectionString: url.href, connectionTimeoutMillis: waitsMs }
      this.manager.register(name, { role, group: tenant, ...options })
    }
    return tenant
  }

  #databaseOn(pool: HealthAwarePool): Kysely<Database> {
    const known = this.#databases.get(pool)
    if (known !== undefined) return known
    const database = new Kysely<Database>({ dialect: new HealthAwareDialect({ pool }) })
    this.#databases.set(pool, database)
    return database
  }
}
