import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import pg from 'pg'
import type { SimulatedClientClass } from '../client/simulated-client.ts'
import { takePacingOut } from './without-pacing.ts'

/** What callers use of a pool; both kinds have it. */
export interface FleetPool {
  query(text: string, callback: (error: Error | undefined | null) => void): void
  end(callback: () => void): void
}

/** How instances get their connections. */
export interface Variant {
  readonly name: string
  readonly label: string
  /** How long a caller waits that was told of a failure until it tries again, ms; `false` for not at all. */
  readonly retryAfterMs: number | false
  createPool(Client: SimulatedClientClass, options: FleetPoolOptions): FleetPool
  /** Changes what all pools of this variant have in common; returns what takes it back. */
  enter?(time: { now(): number }): () => void
}

export interface FleetPoolOptions {
  readonly max: number
  readonly connectionTimeoutMillis: number
}

/** What instances do that the server turned away, from Hale to what most do. */
export const variants: readonly Variant[] = [
  {
    name: 'hale',
    label: 'Hale',
    retryAfterMs: false,
    createPool: createHalePool,
  },
  {
    name: 'hale-unpaced',
    label: 'Hale, back-off taken out',
    retryAfterMs: false,
    createPool: createHalePool,
    enter: takePacingOut,
  },
  {
    name: 'pg-pool',
    label: 'pg.Pool',
    retryAfterMs: false,
    createPool: createPgPool,
  },
  {
    name: 'pg-pool-retried',
    label: 'pg.Pool, callers try again after 1 s',
    retryAfterMs: 1_000,
    createPool: createPgPool,
  },
]

/** @throws {Error} for a name that no variant has */
export function variantNamed(name: string): Variant {
  const variant = variants.find((each) => each.name === name)
  if (variant === undefined) throw new Error(`no variant '${name}'`)
  return variant
}

function createHalePool(Client: SimulatedClientClass, options: FleetPoolOptions): FleetPool {
  return new HealthAwarePool({
    ...options,
    Client: Client as unknown as NonNullable<HealthAwarePoolOptions['Client']>,
  }) as unknown as FleetPool
}

function createPgPool(Client: SimulatedClientClass, options: FleetPoolOptions): FleetPool {
  const pool = new pg.Pool({
    ...options,
    Client: Client as unknown as typeof pg.Client,
  } as pg.PoolConfig)
  pool.on('error', () => {}) // else it would end the process
  return pool as unknown as FleetPool
}
