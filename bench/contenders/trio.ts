import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import pg from 'pg'

/**
 * What the others are compared with, the subject of every goal, and the baseline once more: what that
 * differs from itself is the noise of the machine.
 */
export type Role = 'baseline' | 'subject' | 'control'

export const roles: readonly Role[] = ['baseline', 'subject', 'control']

/** Who takes part; each bench measures three. */
export interface Contenders {
  readonly names: Readonly<Record<Role, string>>
  /** A pool with its own defaults, monitoring on, save for what `options` says. */
  createPool(role: Role, options: pg.PoolConfig): pg.Pool
}

/** What a HealthAwarePool costs. */
export const pools: Contenders = {
  names: { baseline: 'pg.Pool', subject: 'HealthAwarePool', control: 'pg.Pool again' },
  createPool: (role, options) =>
    role === 'subject' ? createHealthAwarePool(options) : new pg.Pool(options),
}

export function createHealthAwarePool(options: pg.PoolConfig): pg.Pool {
  return new HealthAwarePool(options as HealthAwarePoolOptions) as pg.Pool
}

/** Has every connection of the pool opened, and the server heard on each a moment ago. */
export async function warm(pool: pg.Pool): Promise<void> {
  const connections = Array.from({ length: pool.options.max })
  await Promise.all(connections.map(() => pool.query('select 1')))
}
