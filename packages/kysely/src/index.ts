export { HealthAwareDialect, type HealthAwareDialectOptions } from './health-aware-dialect.ts'
export type { ConnectionHook } from './health-aware-driver.ts'
