import type pg from 'pg'
import type { Abortable } from './abort-signal.ts'

/** A client for as long as a scope lasts: `await using lease = await pool.lease()`. */
export interface Lease extends AsyncDisposable {
  readonly client: pg.PoolClient
}

export function createLease(client: pg.PoolClient): Lease {
  const { release } = client
  let released = false
  return {
    client,
    async [Symbol.asyncDispose]() {
      if (released) return
      released = true
      release()
    },
  }
}

/** Whatever lends clients for a scope; a HealthAwarePool, above all. */
export interface Lender {
  lease(options?: Abortable): Promise<Lease>
}

/**
 * Runs `use` with a client of its own and gives the client back, whatever becomes of `use`. A connection
 * that broke meanwhile is not lent again; nothing that `use` sent is ever sent again.
 */
export async function withHealthAwareConnection<Result>(
  pool: Lender,
  use: (client: pg.PoolClient) => Promise<Result> | Result,
): Promise<Result> {
  await using lease = await pool.lease()
  return await use(lease.client)
}
