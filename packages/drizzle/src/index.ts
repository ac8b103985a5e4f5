export { createHealthAwareClient } from './create-health-aware-client.ts'
export { drizzle, type HealthAwareDatabase } from './drizzle.ts'
