import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import { pgTable, serial, text } from 'drizzle-orm/pg-core'

export const books = pgTable('serverless_book', {
  id: serial().primaryKey(),
  title: text().notNull(),
})

// A hot reload evaluates this module again, and must not open a second pool: globalThis outlives it.
const kept: typeof globalThis & { healthAwareClient?: ReturnType<typeof openPool> } = globalThis
kept.healthAwareClient ??= openPool()

/** Made anew with each reload, so that it knows the schema of that reload. */
export const db = drizzle(kept.healthAwareClient, { schema: { books } })

function openPool() {
  const client = createHealthAwareClient({
    connectionString: process.env['DATABASE_URL'],
    application_name: 'books',
    max: 2, // a process answers few requests at a time, and there may be hundreds of processes
    min: 0, // an instance that nobody calls holds no connection
    idleTimeoutMillis: 5_000,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000, // below the platform's own limit, or its callers are told by nobody
    allowExitOnIdle: true, // idle connections do not keep the process alive
    sentinel: false, // no session of its own beside so small a pool: see docs/serverless.md
  })
  client.monitor.on('connection:evicted', ({ cause }) => console.log('  ! swapped:', cause))
  return client
}
