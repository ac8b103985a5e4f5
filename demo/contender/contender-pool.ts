import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { DrizzleShopDatabase } from './drizzle-shop.ts'
import type { FromContender } from './messages.ts'
import type { Shop } from './tables.ts'

/** One pool and the two ORMs on it. All that differs between the contenders is behind this. */
export interface ContenderPool {
  readonly pool: pg.Pool
  readonly kysely: Kysely<Shop>
  readonly drizzle: DrizzleShopDatabase
  /** Connections that somebody holds. */
  countTaken(): number
}

export type Tell = (message: FromContender) => void

/** The options of both pools; whatever is not here has its default. */
export function commonOptions(connectionString: string, schema: string): pg.PoolConfig {
  return {
    connectionString,
    max: 10,
    query_timeout: 2_000,
    idle_in_transaction_session_timeout: 2_000, // else a link that died keeps its row locks
    application_name: schema,
    options: `-c search_path=${schema}`,
  }
}

/** The backend's pid; pg has it on every client, its types leave it out. */
export function processIdOf(client: object): number {
  return (client as { readonly processID?: number }).processID ?? 0
}
