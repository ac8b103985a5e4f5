import type { EventEmitter } from 'node:events'
import pg from 'pg'

/** `pg.Pool` without what the engine does; its emitter is taken from node, so that it returns `this`. */
type Members = Omit<
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
  | keyof EventEmitter
>

type PoolEvent = Parameters<pg.Pool['on']>[0]

/** What HealthAwarePool takes from pg.Pool: its options, its emitter, `instanceof`. The engine is its own. */
export interface PoolShell extends Members, EventEmitter {
  on<K extends PoolEvent>(
    event: K,
    listener: K extends 'error' | 'release'
      ? (error: Error, client: pg.PoolClient) => void
      : (client: pg.PoolClient) => void,
  ): this
}
export const PoolShell: new (options: pg.PoolConfig) => PoolShell = pg.Pool
