export { HealthAwareDialect, type HealthAwareDialectOptions } from './health-aware-dialect.ts'
export type { ConnectionHook } from './health-aware-driver.ts'
export type { ControlClient, ControlClientConstructor } from './kill-session.ts'
export { type PoolFactory, type PoolOrOptions, PoolPendingError } from './pool-source.ts'
