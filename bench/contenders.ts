import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import pg from 'pg'

/** A pool that takes part. Each bench measures the same three. */
export interface Contender {
  readonly name: ContenderName
  readonly pool: pg.Pool
}

export type ContenderName = 'pg.Pool' | 'HealthAwarePool' | 'pg.Pool again'

/** What the others are compared with. */
export const baseline: ContenderName = 'pg.Pool'

/** The subject of every goal. */
export const subject: ContenderName = 'HealthAwarePool'

/** The baseline once more: what it differs from itself is the noise of the machine. */
export const control: ContenderName = 'pg.Pool again'

/** Each pool with its own defaults, monitoring on, save for what `options` says. */
export function createContenders(options: pg.PoolConfig): readonly Contender[] {
  return [
    { name: baseline, pool: new pg.Pool(options) },
    { name: subject, pool: new HealthAwarePool(options as HealthAwarePoolOptions) as pg.Pool },
    { name: control, pool: new pg.Pool(options) },
  ]
}

/**
 * Has every connection of the pool opened and the server heard on each a moment ago, as in a pool that is
 * in use: no slice pays for an opening, or for the check of a connection that was silent.
 */
export async function warm(pool: pg.Pool): Promise<void> {
  const connections = Array.from({ length: pool.options.max })
  await Promise.all(connections.map(() => pool.query('select 1')))
}

export async function closeAll(contenders: readonly Contender[]): Promise<void> {
  await Promise.all(contenders.map(({ pool }) => pool.end()))
}
