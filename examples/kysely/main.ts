// A Kysely program on a pool that heals itself. Start: pnpm start
import { HealthAwareDialect } from '@hale/kysely'
import { startPostgres } from '@hale/testkit'
import { type Generated, Kysely, sql } from 'kysely'

interface Database {
  hale_account: { id: Generated<number>; owner: string; balance: number }
}

// Only for the example: the server that DATABASE_URL names, else one of its own. Yours: process.env.DATABASE_URL
await using server = await startPostgres()
const { connectionString } = server

const dialect = new HealthAwareDialect({ pool: { connectionString, max: 4 } })
const db = new Kysely<Database>({ dialect })
const { monitor, pool } = dialect
monitor.on('issue:raised', ({ issue }) => console.log('issue:', issue.type, issue.severity))
monitor.on('connection:evicted', (swap) => console.log('swapped out:', swap.cause))

await db.schema.dropTable('hale_account').ifExists().execute()
await db.schema
  .createTable('hale_account')
  .addColumn('id', 'serial', (column) => column.primaryKey())
  .addColumn('owner', 'text', (column) => column.notNull())
  .addColumn('balance', 'integer', (column) => column.notNull())
  .execute()
const people = ['ann', 'bea', 'cleo'].map((owner) => ({ owner, balance: 100 }))
await db.insertInto('hale_account').values(people).execute()

const transfer = (amount: number) => ({ balance: sql<number>`balance + ${amount}` })
await db.transaction().execute(async (trx) => {
  await trx.updateTable('hale_account').set(transfer(-10)).where('owner', '=', 'ann').execute()
  await trx.updateTable('hale_account').set(transfer(10)).where('owner', '=', 'bea').execute()
})

// A backend dies inside its transaction: that transaction fails, and nothing else does.
try {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable('hale_account').set(transfer(1_000)).execute()
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
    await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db) // on another connection
    await trx.updateTable('hale_account').set(transfer(1_000)).execute() // its backend is gone
  })
} catch (error) {
  console.log('the transaction failed:', (error as Error).message)
}
const accounts = db.selectFrom('hale_account').select(['owner', 'balance']).orderBy('id')
console.log('the next query just works:', await accounts.execute())
console.log('connections:', pool.snapshot().counts)

await db.schema.dropTable('hale_account').execute()
await db.destroy()
