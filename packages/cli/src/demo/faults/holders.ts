import type { HealthAwarePool } from '@hale/pg'
import type pg from 'pg'
import { FaultRefusedError } from './fault.ts'

/** More would leave the workload without a connection, which is another story. */
const MAX_HOLDERS = 3

/** Callers who keep a connection, with a transaction open, until they are told to give it back. */
export class Holders {
  readonly #held: Set<pg.PoolClient> = new Set()

  /**
   * Leases a connection, begins a transaction, runs `statement` and does no more. Gives back the backend's pid.
   *
   * @throws {FaultRefusedError} where enough are held already
   */
  async hold(pool: HealthAwarePool, statement: string): Promise<number | undefined> {
    if (this.#held.size >= MAX_HOLDERS) {
      throw new FaultRefusedError(
        'Enough connections are held already: put everything right first.',
      )
    }
    const client = await pool.connect()
    this.#held.add(client)
    try {
      await client.query('begin')
      await client.query(statement)
    } catch (error) {
      await this.#release(client)
      throw error
    }
    return (client as { readonly processID?: number }).processID
  }

  /** Rolls back and gives back whatever is held. */
  async releaseAll(): Promise<void> {
    await Promise.all([...this.#held].map((client) => this.#release(client)))
  }

  async #release(client: pg.PoolClient): Promise<void> {
    if (!this.#held.delete(client)) return
    await client.query('rollback').catch(() => {}) // the pool looks at what comes back
    client.release()
  }
}
