import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import type { HealthAwarePool } from '@hale/pg'
import { Kysely } from 'kysely'
import type pg from 'pg'
import { now } from '../clock.ts'
import type { ContenderPool, Tell } from './contender-pool.ts'
import { drizzleSchema, type Shop } from './tables.ts'

/** Hale with its defaults: what `plain-pool.ts` does, with its names changed. */
export function createHalePool(options: pg.PoolConfig, tell: Tell): ContenderPool {
  const pool = createHealthAwareClient(options)
  tellEvents(pool, tell)
  return {
    pool,
    kysely: new Kysely<Shop>({ dialect: new HealthAwareDialect({ pool }) }),
    drizzle: drizzle(pool, { schema: drizzleSchema }),
    countTaken: () => pool.snapshot().counts.leased, // others are probed or opened, and nobody's
  }
}

function tellEvents({ monitor }: HealthAwarePool, tell: Tell): void {
  const processIds = new Map<number, number>()
  const noticed = (connectionId: number | undefined, what: string): void => {
    const processId = connectionId === undefined ? undefined : processIds.get(connectionId)
    if (processId !== undefined) tell({ type: 'noticed', at: now(), processId, what })
  }
  const swapped = (connectionId: number, cause: string): void => {
    if (cause === 'idle' || cause === 'pool-closed') return
    tell({ type: 'swapped', at: now(), processId: processIds.get(connectionId) ?? 0, cause })
  }
  monitor.on('connection:opened', ({ connectionId, processId }) => {
    if (processId !== undefined) processIds.set(connectionId, processId)
  })
  monitor.on('issue:raised', ({ connectionId, issue }) =>
    noticed(connectionId, `issue ${issue.type}`),
  )
  monitor.on('connection:condemned', ({ connectionId, cause }) => {
    if (cause !== 'idle' && cause !== 'pool-closed') noticed(connectionId, `condemned: ${cause}`)
  })
  monitor.on('connection:evicted', ({ connectionId, cause }) => {
    noticed(connectionId, `evicted: ${cause}`)
    swapped(connectionId, cause)
  })
  monitor.on('connection:retired', ({ connectionId, cause }) => swapped(connectionId, cause))
  monitor.on('connection:closed', ({ connectionId }) => processIds.delete(connectionId))
}
