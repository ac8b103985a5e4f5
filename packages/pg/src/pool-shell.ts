import pg from 'pg'

/** What HealthAwarePool takes from pg.Pool: its options, its emitter, `instanceof`. The engine is its own. */
export type PoolShell = Omit<
  pg.Pool,
  | 'connect'
  | 'end'
  | 'ended'
  | 'ending'
  | 'expiredCount'
  | 'idleCount'
  | 'query'
  | 'totalCount'
  | 'waitingCount'
>
export const PoolShell: new (options: pg.PoolConfig) => PoolShell = pg.Pool
