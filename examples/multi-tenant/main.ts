// Two tenants on a primary and a replica, which is cut off and comes back. Start: pnpm start
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createFaultProxy, startPostgres, startStandby, waitFor } from '@hale/testkit'
import { sql } from 'kysely'
import pg from 'pg'
import { Tenants } from './tenants.ts'

const names = ['acme', 'globex']
await using primary = await startPostgres({ ignoreEnvironment: true }) // a standby needs one of ours
await using standby = await startStandby(primary)
await using network = await createFaultProxy(standby) // between the application and the replica
await createDatabases()

const tenants = new Tenants({
  primary: primary.connectionString,
  replica: network.connectionString(standby.connectionString),
})
const { manager } = tenants

for (const tenant of names) {
  const item = `${tenant}'s first order`
  await tenants.writing(tenant).insertInto('orders').values({ item }).execute()
  const find = () => tenants.read(tenant, (db) => db.selectFrom('orders').select('item').execute())
  await waitFor(async () => (await find()).length > 0, { describe: 'replication' })
  console.log(tenant, 'reads', await find(), 'from the', await whoAnswers(tenant))
  assert.equal(await whoAnswers(tenant), 'replica')
}

console.log('\nThe replica is cut off')
await network.refuse()
for (const link of network.links) link.reset()
for (const tenant of names) {
  const answers = await readFor(1_000, tenant)
  console.log(tenant, 'reads from', answers)
  assert.deepEqual(Object.keys(answers), ['primary']) // nobody was told of any failure
}
const { readiness, issues } = manager.overview()
console.log('ready all the same:', readiness.ready, 'open issues:', issues)
assert.ok(readiness.ready)

console.log('\nThe replica is back')
await network.refuse(false)
for (const tenant of names) {
  const isBack = async () => (await whoAnswers(tenant)) === 'replica'
  await waitFor(isBack, { describe: 'reads from the replica', timeoutMs: 20_000 })
}
console.table(manager.overview().standings, ['name', 'countsAs', 'isServing', 'isBehind'])

await tenants[Symbol.asyncDispose]()
console.log('closed:', manager.readiness().reason, manager.overview().counts.total, 'connections')

/** Which server it is that the tenant reads from now. */
async function whoAnswers(tenant: string): Promise<'primary' | 'replica'> {
  const question = sql<{ follows: boolean }>`select pg_is_in_recovery() as follows`
  const { rows } = await tenants.read(tenant, (db) => question.execute(db))
  return rows[0]?.follows ? 'replica' : 'primary'
}

/** Reads for that long; how often who answered. */
async function readFor(ms: number, tenant: string): Promise<Readonly<Record<string, number>>> {
  const answers: Record<string, number> = {}
  for (const end = performance.now() + ms; performance.now() < end; await delay(20)) {
    const answer = await whoAnswers(tenant)
    answers[answer] = (answers[answer] ?? 0) + 1
  }
  return answers
}

/** In an application the databases are there before it starts, on the replica too. */
async function createDatabases(): Promise<void> {
  for (const name of names) {
    await run(primary.connectionString, `create database ${name}`)
    const url = new URL(primary.connectionString)
    url.pathname = name
    await run(url.href, 'create table orders (id serial primary key, item text not null)')
  }
  const [written] = await run(primary.connectionString, 'select pg_current_wal_lsn() as lsn')
  const follows = `select pg_last_wal_replay_lsn() >= '${written?.['lsn']}' as follows`
  const isThere = async () =>
    (await run(standby.connectionString, follows))[0]?.['follows'] === true
  await waitFor(isThere, { describe: 'the replica has the databases' })
}

async function run(
  connectionString: string,
  text: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(connectionString)
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}
