// A route handler in a process that is reloaded and frozen. Start: pnpm start
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres, suspendProcess } from '@hale/testkit'
import pg from 'pg'

await using postgres = await startPostgres()
process.env['DATABASE_URL'] = postgres.connectionString // the handler and its database know no more
const admin = new pg.Client(postgres.connectionString)
await admin.connect()
await admin.query('drop table if exists serverless_book')
await admin.query('create table serverless_book (id serial primary key, title text not null)')

/** How many sessions the handlers have at the server, in whatever process. */
async function countSessions(): Promise<number> {
  const sessions = `select from pg_stat_activity where application_name = 'books'`
  return (await admin.query(sessions)).rowCount ?? 0
}

console.log('Hot reload: the module is evaluated again, and there is one pool')
const reloads = []
for (const reload of [1, 2, 3]) {
  const { db }: typeof import('./database.ts') = await import(`./database.ts?reload=${reload}`)
  await db.query.books.findMany()
  reloads.push(db)
}
const pools = new Set(reloads.map((db) => db.$client))
console.log('  reloads:', reloads.length, 'pools:', pools.size, 'sessions:', await countSessions())
assert.equal(pools.size, 1)
assert.equal(await countSessions(), 1)
for (const pool of pools) await pool.end()

console.log('Freeze: a function that nobody calls stands still, and its connections die meanwhile')
const instance = fork(new URL('instance.ts', import.meta.url))
const exited = once(instance, 'exit')

/** Sends one request: a title to add, or none to list what there is. */
async function invoke(title = ''): Promise<void> {
  const startedAt = performance.now()
  instance.send(title)
  const [answer] = await once(instance, 'message')
  console.log('  →', answer, `in ${Math.round(performance.now() - startedAt)} ms`)
  assert.match(answer, /^20/)
}
await invoke('SQL for the impatient')
await invoke()
if (process.platform !== 'win32' && instance.pid !== undefined) {
  using _frozen = suspendProcess(instance.pid)
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'books'`
  await admin.query(kill)
  await delay(3_000)
}
await invoke('Thawed') // a write, and it does not fail: a connection is verified before it is lent
await invoke()

console.log('The end: idle connections keep no process alive')
instance.disconnect()
const [code] = await exited
console.log('  exit code', code)
assert.equal(code, 0)

await admin.query('drop table serverless_book')
await admin.end()
