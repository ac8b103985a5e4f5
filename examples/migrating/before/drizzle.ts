import { drizzle } from 'drizzle-orm/node-postgres'
import * as schema from '../schema.ts'
import { pool } from './pool.ts'

export const db = drizzle(pool, { schema })
