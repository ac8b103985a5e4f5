// A Drizzle program on a pool that heals itself. Start: pnpm start
import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import { startPostgres } from '@hale/testkit'
import { eq, sql } from 'drizzle-orm'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'

const accounts = pgTable('hale_account', {
  id: serial().primaryKey(),
  owner: text().notNull(),
  balance: integer().notNull(),
})

// Only for the example: the server that DATABASE_URL names, else one of its own. Yours: process.env.DATABASE_URL
await using server = await startPostgres()
const { connectionString } = server

const healthAwareClient = createHealthAwareClient({ connectionString, max: 4 })
const db = drizzle(healthAwareClient, { schema: { accounts } })
const { monitor } = healthAwareClient
monitor.on('issue:raised', ({ issue }) => console.log('issue:', issue.type, issue.severity))
monitor.on('connection:evicted', (swap) => console.log('swapped out:', swap.cause))

await db.execute(sql`drop table if exists ${accounts}`)
await db.execute(
  sql`create table ${accounts} (id serial primary key, owner text not null, balance int not null)`,
)
const people = ['ann', 'bea', 'cleo'].map((owner) => ({ owner, balance: 100 }))
await db.insert(accounts).values(people)

const transfer = (amount: number) => ({ balance: sql`${accounts.balance} + ${amount}` })
await db.transaction(async (tx) => {
  await tx.update(accounts).set(transfer(-10)).where(eq(accounts.owner, 'ann'))
  await tx.update(accounts).set(transfer(10)).where(eq(accounts.owner, 'bea'))
})

// A backend dies inside its transaction: that transaction fails, and nothing else does.
try {
  await db.transaction(async (tx) => {
    await tx.update(accounts).set(transfer(1_000))
    const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await db.execute(sql`select pg_terminate_backend(${rows[0]?.pid})`) // on another connection
    await tx.update(accounts).set(transfer(1_000)) // its backend is gone
  })
} catch (error) {
  console.log('the transaction failed:', String((error as Error).cause))
}
const found = await db.query.accounts.findMany({ columns: { id: false }, orderBy: accounts.id })
console.log('the next query just works:', found)
console.log('connections:', healthAwareClient.snapshot().counts)

await db.execute(sql`drop table ${accounts}`)
await healthAwareClient.end()
