import { HealthAwarePool as Pool } from '@hale/pg'

export const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 5 })
