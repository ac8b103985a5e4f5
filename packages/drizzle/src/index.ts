export { createHealthAwareClient } from './create-health-aware-client.ts'
export { drizzle, type HealthAwareDatabase } from './drizzle.ts'
export { UnsupportedDrizzleError } from './require-drizzle.ts'
