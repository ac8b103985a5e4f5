import { PostgresDialect } from 'kysely'
import { pool } from './pool.ts'

export const dialect = new PostgresDialect({ pool })
