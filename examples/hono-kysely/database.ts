import { HealthAwareDialect } from '@hale/kysely'
import { Kysely } from 'kysely'

export interface Database {
  bank_account: { owner: string; balance: number }
  bank_transfer: { key: string; sender: string; recipient: string; amount: number }
}

/** The database, and the pool that it runs on. `db.destroy()` ends both. */
export function openDatabase(connectionString: string) {
  const dialect = new HealthAwareDialect({
    pool: {
      connectionString,
      application_name: 'bank',
      max: 10,
      connectionTimeoutMillis: 2_000, // a request had better fail than wait for longer
    },
  })
  const { monitor, pool } = dialect
  monitor.on('issue:raised', ({ issue }) => console.log('  ! issue:', issue.type, issue.severity))
  monitor.on('issue:cleared', ({ issue }) => console.log('  ! over:', issue.type))
  monitor.on('connection:evicted', ({ cause }) => console.log('  ! swapped a connection:', cause))
  return { db: new Kysely<Database>({ dialect }), pool }
}
