import { drizzle } from '@hale/drizzle'
import type pg from 'pg'
import type { ContenderOptions, Subject } from './contender.ts'
import { toSubject } from './drizzle.ts'
import { createHalePool } from './hale-pool.ts'

export function openHaleDrizzle(options: ContenderOptions): Subject {
  const pool = createHalePool(options)
  return toSubject(drizzle(pool), pool as pg.Pool)
}
