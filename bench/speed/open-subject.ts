import type { HealthAwarePool } from '@hale/pg'
import type pg from 'pg'
import type { ContenderName, Subject } from '../contenders/contender.ts'
import { openContender } from '../contenders/open-contender.ts'
import { openPool } from './open-pool.ts'
import type { PlainName } from './speed-name.ts'

/** What a contender does here. */
export type QuickSubject = Pick<Subject, 'query' | 'withConnection' | 'close'>

/** Long enough for the last of a thousand callers. */
const acquireTimeoutMs = 60_000

/** Opens a contender as an application would, with no limit on statements: only Slonik insists on one. */
export async function openSubject(
  name: PlainName,
  { connectionString, max }: { readonly connectionString: string; readonly max: number },
): Promise<QuickSubject> {
  const limits = { max, acquireTimeoutMs, queryTimeoutMs: name === 'slonik' ? 60_000 : 0 }
  if (name === 'opentelemetry') {
    const config = { connectionString, max, connectionTimeoutMillis: acquireTimeoutMs }
    const pool = await openPool(name, config)
    const { toSubject } = await import('../contenders/plain-pg.ts') // not before pg is instrumented
    return toSubject(pool)
  }
  const contender: ContenderName = name === 'pg-pool again' ? 'pg-pool' : name
  return openContender(contender, { connectionString, applicationName: 'speed', ...limits })
}

/** What stands on node-postgres, on a pool of these options; the pools themselves are not wrapped further. */
export async function openOnPool(name: PlainName, config: pg.PoolConfig): Promise<QuickSubject> {
  const pool = await openPool(name, config)
  if (name.endsWith('kysely')) {
    const { toSubject } = await import('../contenders/kysely.ts')
    const { PostgresDialect } = await import('kysely')
    if (name === 'kysely') return toSubject(new PostgresDialect({ pool }))
    const { HealthAwareDialect } = await import('@hale/kysely')
    return toSubject(new HealthAwareDialect({ pool: pool as HealthAwarePool }))
  }
  if (name.endsWith('drizzle')) {
    const { toSubject } = await import('../contenders/drizzle.ts')
    if (name === 'drizzle') {
      const { drizzle } = await import('drizzle-orm/node-postgres')
      return toSubject(drizzle(pool), pool)
    }
    const { drizzle } = await import('@hale/drizzle')
    return toSubject(drizzle(pool as HealthAwarePool), pool)
  }
  const { toSubject } = await import('../contenders/plain-pg.ts')
  return toSubject(pool)
}
