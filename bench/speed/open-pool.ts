import type { HealthAwarePoolOptions } from '@hale/pg'
import type pg from 'pg'
import type { PlainName } from './speed-name.ts'

/**
 * The pool under a contender, with its own defaults. It loads no more than what it needs: OpenTelemetry must
 * be there before pg is.
 */
export async function openPool(name: PlainName, config: pg.PoolConfig): Promise<pg.Pool> {
  if (name.startsWith('hale-')) {
    const { HealthAwarePool } = await import('@hale/pg')
    return new HealthAwarePool(config as HealthAwarePoolOptions) as pg.Pool
  }
  if (name === 'opentelemetry') {
    const { openTracedPool } = await import('./traced-pool.ts')
    return openTracedPool(config)
  }
  const { default: plain } = await import('pg')
  return new plain.Pool(config)
}
