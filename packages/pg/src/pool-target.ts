import type pg from 'pg'
import { parse } from 'pg-connection-string'

/** Where a pool's options lead, resolved as pg does it; without a user or a password. */
export interface PoolTarget {
  readonly host: string
  readonly port: number
  /** `undefined` where nothing names one and no user either. */
  readonly database: string | undefined
}

/** What pg falls back to. */
const defaults = { host: 'localhost', port: 5432 }

/** A connection string wins over the other options, these over the environment; read anew at each call. */
export function poolTarget(options: pg.PoolConfig): PoolTarget {
  const { connectionString } = options
  const given = { ...options, ...(connectionString ? parse(connectionString) : undefined) }
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, USER, USERNAME } = process.env
  const user = given.user || PGUSER || (process.platform === 'win32' ? USERNAME : USER)
  return {
    host: given.host || PGHOST || defaults.host,
    port: Number(given.port || PGPORT || defaults.port),
    database: given.database || PGDATABASE || user,
  }
}
