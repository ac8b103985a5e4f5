import type { RecycleCause } from '@hale/core'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import type pg from 'pg'
import type { ContenderOptions, Subject } from './contender.ts'
import { poolConfig, toSubject } from './plain-pg.ts'

export function openHale(options: ContenderOptions): Subject {
  return toSubject(createHalePool(options) as pg.Pool)
}

export function createHalePool(options: ContenderOptions): HealthAwarePool {
  const pool = new HealthAwarePool(poolConfig(options) as HealthAwarePoolOptions)
  tellIssues(pool, options)
  return pool
}

const planned: readonly RecycleCause[] = ['idle', 'lifetime', 'uses', 'pool-closed']

/** What Hale itself says; the planned end of a connection is no sign of anything. */
function tellIssues({ monitor }: HealthAwarePool, { onNoticed }: ContenderOptions): void {
  if (onNoticed === undefined) return
  monitor.on('issue:raised', ({ issue }) => onNoticed(issue.type))
  monitor.on('connection:condemned', ({ cause }) => {
    if (!planned.includes(cause)) onNoticed(`condemned: ${cause}`)
  })
  monitor.on('connection:evicted', ({ cause }) => {
    if (!planned.includes(cause)) onNoticed(`evicted: ${cause}`)
  })
  monitor.on('server:changed', () => onNoticed('server changed'))
}
