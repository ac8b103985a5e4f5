import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import pg from 'pg'

export type ContenderName = 'pg.Pool' | 'HealthAwarePool' | 'pg.Pool again'

/** What the others are compared with. */
export const baseline: ContenderName = 'pg.Pool'

/** The subject of every goal. */
export const subject: ContenderName = 'HealthAwarePool'

/** The baseline once more: what it differs from itself is the noise of the machine. */
export const control: ContenderName = 'pg.Pool again'

/** Who takes part; each bench measures the same three. */
export const contenderNames: readonly ContenderName[] = [baseline, subject, control]

/** A pool with its own defaults, monitoring on, save for what `options` says. */
export function createPool(name: ContenderName, options: pg.PoolConfig): pg.Pool {
  return name === subject
    ? (new HealthAwarePool(options as HealthAwarePoolOptions) as pg.Pool)
    : new pg.Pool(options)
}

/** Has every connection of the pool opened, and the server heard on each a moment ago. */
export async function warm(pool: pg.Pool): Promise<void> {
  const connections = Array.from({ length: pool.options.max })
  await Promise.all(connections.map(() => pool.query('select 1')))
}
