import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { now } from '../clock.ts'
import { type ContenderPool, processIdOf, type Tell } from './contender-pool.ts'
import { drizzleSchema, type Shop } from './tables.ts'

/** pg-pool's own default. What goes after so long a rest was not swapped, it was not needed. */
const IDLE_TIMEOUT_MS = 10_000
const TIMER_SLACK_MS = 100

/** `pg.Pool` as a careful application uses it: its 'error' event has a listener. */
export function createPlainPool(options: pg.PoolConfig, tell: Tell): ContenderPool {
  const pool = new pg.Pool(options)
  const releasedAt = new WeakMap<pg.PoolClient, number>()
  pool.on('error', (error, client) => {
    const processId = processIdOf(client)
    tell({ type: 'noticed', at: now(), processId, what: `pool error: ${error.message}` })
  })
  pool.on('release', (_error, client) => releasedAt.set(client, now()))
  pool.on('remove', (client) => {
    const at = now()
    const idleSince = releasedAt.get(client) ?? at
    if (pool.ending || at - idleSince > IDLE_TIMEOUT_MS - TIMER_SLACK_MS) return
    tell({ type: 'noticed', at, processId: processIdOf(client), what: 'removed' })
    tell({ type: 'swapped', at, processId: processIdOf(client), cause: 'removed' })
  })
  return {
    pool,
    kysely: new Kysely<Shop>({ dialect: new PostgresDialect({ pool }) }),
    drizzle: drizzle(pool, { schema: drizzleSchema }),
    countTaken: () => pool.totalCount - pool.idleCount,
  }
}
