import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import * as schema from './schema.ts'

/** The database. `db.$client` is the pool that it runs on; `db.$client.end()` ends it. */
export function openDatabase(connectionString: string) {
  const client = createHealthAwareClient({
    connectionString,
    application_name: 'bank',
    max: 10,
    connectionTimeoutMillis: 2_000, // a request had better fail than wait for longer
  })
  const { monitor } = client
  monitor.on('issue:raised', ({ issue }) => console.log('  ! issue:', issue.type, issue.severity))
  monitor.on('issue:cleared', ({ issue }) => console.log('  ! over:', issue.type))
  monitor.on('connection:evicted', ({ cause }) => console.log('  ! swapped a connection:', cause))
  return drizzle(client, { schema })
}
