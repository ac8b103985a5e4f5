import { HealthAwareDialect as PostgresDialect } from '@hale/kysely'
import { pool } from './pool.ts'

export const dialect = new PostgresDialect({ pool })
