import { HealthAwareDialect } from '@hale/kysely'
import type { ContenderOptions, Subject } from './contender.ts'
import { createHalePool } from './hale-pool.ts'
import { toSubject } from './kysely.ts'

export function openHaleKysely(options: ContenderOptions): Subject {
  return toSubject(new HealthAwareDialect({ pool: createHalePool(options) }))
}
