import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'

/** A pool for `drizzle(…)`. @throws {OptionsError} that names every problem at once */
export function createHealthAwareClient(options: HealthAwarePoolOptions): HealthAwarePool {
  return new HealthAwarePool(options)
}
