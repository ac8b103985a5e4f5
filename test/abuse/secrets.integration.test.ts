import { finished } from 'node:stream/promises'
import { inspect } from 'node:util'
import { explain, HealthError } from '@hale/core'
import { HealthAwareConnectionManager, HealthAwarePool, withHealthAwareTransaction } from '@hale/pg'
import { createFaultProxy, type FaultProxy, terminateBackend, waitFor } from '@hale/testkit'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { muffled, setUpAbusedWorld, soon, untilIssue } from './abused-world.ts'
import { onEveryEvent, recordChannels } from './every-event.ts'
import { type Watchers, watch } from './watchers.ts'

/** One for each way in, so that a finding says how it got there. */
const password = 'pw-Zq81xv'
const inLiteral = 'lit-Zq81xv'
const inParameter = 'par-Zq81xv'
const inComment = 'com-Zq81xv'
const secret = /(pw|lit|par|com|dol|not|bad)-Zq81xv/
const lit = `'${inLiteral}'`

const world = setUpAbusedWorld({ log_line_prefix: '%a|', max_connections: '40' })

/** Everything that a pool gave away, as text. */
const shown: string[] = []
const errors: unknown[] = []
const sent = new Set<string>()
const statements: string[] = []
let proxy: FaultProxy
let pool: HealthAwarePool
let channels: ReturnType<typeof recordChannels>
let watchers: Watchers

function show(value: unknown): void {
  shown.push(inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value))
}

function connectionStringAs(user: string, word: string): string {
  const url = new URL(proxy.connectionString(world.server.connectionString))
  url.username = user
  url.password = word
  return url.href
}

beforeEach(async () => {
  proxy = await createFaultProxy(world.server, {
    onStatement: (_, text) => void statements.push(text),
  })
  const admin = await world.connectStranger()
  await admin.query('set log_statement = none')
  await admin.query(`create role app login password '${password}'; grant pg_read_all_stats to app;
    create table vault (id int primary key, note text unique, amount int);
    insert into vault values (1, 'a', 0), (2, 'b', 0); alter table vault owner to app`)
  channels = recordChannels()
  pool = world.createPool({
    ...soon,
    connectionString: connectionStringAs('app', password),
    application_name: 'shop',
    max: 3,
    connectionTimeoutMillis: 700,
    leakDetection: { afterMs: 400, callSites: 'always' },
    log: (...messages) => show(messages),
  })
  onEveryEvent(pool, show)
  watchers = watch(pool, (...line) => show(line))
})
afterEach(async () => {
  channels[Symbol.dispose]()
  watchers[Symbol.dispose]()
  await pool[Symbol.asyncDispose]()
  await proxy.close()
})

/** Notes what the test itself sends, and how it ended. */
function tell(text: string): string {
  sent.add(text)
  return text
}
async function noted(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error !== undefined) errors.push(error)
  look()
  return error
}

/** What whoever watches could see at this moment. */
function look(): void {
  const { monitor } = pool
  show([pool.snapshot(), pool.readiness(), monitor.openIssues(), monitor.history()])
  show([pool, pool.options])
  shown.push(inspect([pool.monitor, pool.recycler], { depth: 20, showHidden: true }))
  for (const { connectionId } of pool.snapshot().connections) {
    shown.push(explain(monitor.assess(connectionId)))
  }
  const { fingerprints } = monitor
  for (let handle = 0; handle < 100; handle++) shown.push(fingerprints.label(handle) ?? '')
}

async function runStatements(): Promise<void> {
  await pool.query(
    tell(`select ${lit}, E'\\'${inLiteral}', $$dol-Zq81xv$$ /* ${inComment} */ -- ${inComment}`),
  )
  await pool.query(tell('select $1::text'), [inParameter])
  await pool.query({
    name: 'find',
    text: tell(`select note from vault where note = $1 or note = ${lit}`),
    values: [inParameter],
  })
  await pool.query(tell(`do $$ begin raise notice 'not-Zq81xv'; end $$`))
  await noted(pool.query(tell(`insert into vault values (1, ${lit})`)))
  await noted(pool.query(tell(`update vault set note = $1`), [inParameter]))
  await noted(pool.query(tell(`select from where ${lit}`)))
  await noted(pool.query(tell(`select ${lit}::int`)))
  await noted(
    pool.query(
      tell(`do $$ begin raise exception '${inLiteral}' using detail = '${inLiteral}'; end $$`),
    ),
  )
  await noted(
    pool.query({ text: tell(`select pg_sleep(9), ${lit}`), query_timeout: 50 } as pg.QueryConfig),
  )
  await noted(pool.query(tell(`set statement_timeout = 20; select pg_sleep(9), ${lit}`)))
  pool.evictAll() // a setting of the session stays with it
}

/** What comes in by COPY is refused, and its error says which line it was. */
async function copyIn(): Promise<void> {
  const client = await pool.connect()
  const copying = client.query(from(tell('copy vault from stdin')))
  const ended = noted(finished(copying))
  copying.end(`9\t${inLiteral}\t${inParameter}\n`)
  await ended
  client.release()
}

/** Two sessions of the pool wait for each other, one for the other for a while, and then for good. */
async function meetInLocks(): Promise<void> {
  const [one, two] = await Promise.all([pool.connect(), pool.connect()])
  await one.query('begin')
  await one.query(tell(`update vault set note = ${lit} || id /* ${inComment} */ where id = 1`))
  await two.query('begin')
  await two.query(tell('update vault set amount = 1 where id = 2'))
  const blocked = noted(
    two.query(tell(`update vault set note = 'it''s ${inLiteral}' where id = 1`)),
  )
  await untilIssue(pool, 'blocked')
  await untilIssue(pool, 'blocking')
  await untilIssue(pool, 'idle_in_transaction')
  look()
  shown.push(...(await watchers.look()))
  await noted(one.query(tell(`update vault set note = $1 where id = 2`), [inParameter]))
  await blocked
  await Promise.all([noted(one.query('rollback')), noted(two.query('rollback'))])
  one.release()
  two.release()
}

/** Everything is lent, one caller waits in vain, and what was lent counts as forgotten. */
async function leak(): Promise<void> {
  const holders = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  await holders[0]?.query('begin')
  await holders[0]?.query(tell(`select ${lit} from vault`))
  await untilIssue(pool, 'connection_leak')
  await noted(pool.connect())
  for (const holder of holders) holder.release()
}

async function breakThings(): Promise<void> {
  const reader = await pool.connect()
  const named = { name: 'plan', text: tell(`select * from vault where note <> ${lit}`) }
  await reader.query(named)
  await pool.query('alter table vault add column more int')
  await noted(reader.query(named))
  reader.release()
  const aborted = withHealthAwareTransaction(pool, async (client) => {
    await muffled(client.query(tell(`select ${lit} / 0`)))
  })
  await noted(aborted)
  const admin = await world.connectStranger()
  const victim = await pool.connect()
  victim.on('error', () => {})
  const lost = noted(victim.query(tell(`select pg_sleep(9), ${lit}`)))
  await waitFor(() => statements.includes(`select pg_sleep(9), ${lit}`), {
    describe: 'the statement',
  })
  await terminateBackend(admin, (victim as unknown as { processID: number }).processID)
  await lost
  victim.release()
}

async function failToLogIn(): Promise<void> {
  const wrong = world.createPool({ connectionString: connectionStringAs('app', 'bad-Zq81xv') })
  onEveryEvent(wrong, show)
  await noted(wrong.connect())
  show([wrong, wrong.snapshot(), wrong.monitor.history()])
  await proxy.refuse()
  proxy.all.reset()
  const unreachable = world.createPool({
    connectionString: connectionStringAs('app', password),
    connectionTimeoutMillis: 300,
    opening: { strictStart: false },
  })
  onEveryEvent(unreachable, show)
  await noted(unreachable.query(tell(`select ${lit}, 1`)))
  show([unreachable, unreachable.snapshot()])
  await proxy.refuse(false)
  const unreadable = `postgres://app:${password}@[nowhere:port/x`
  await noted(
    new Promise(
      () => new HealthAwarePool({ connectionString: unreadable, hosts: [{ host: 'a' }] }),
    ),
  )
  await noted(new Promise(() => new HealthAwarePool({ passwrod: password, max: 0 } as never)))
}

function showManager(): void {
  const manager = new HealthAwareConnectionManager({ defaults: { password, host: 'db' } })
  manager.register('primary', pool)
  manager.register('other', { connectionString: connectionStringAs('app', password) })
  show([manager, manager.snapshot(), manager.overview(), manager.readiness()])
  const managed = manager.pool('other')
  show(managed)
  managed.end(() => {})
}

describe('what a pool gives away', () => {
  it('holds no password, literal, parameter or comment, whatever happens to it', async () => {
    await runStatements()
    await copyIn()
    await meetInLocks()
    await leak()
    await breakThings()
    showManager()
    await failToLogIn()
    look()
    shown.push(...(await watchers.look()))
    await pool.end()
    show(channels.messages)
    for (const error of errors) {
      if (!(error instanceof HealthError)) continue
      const { cause: _cause, ...told } = { ...error, cause: undefined }
      show([error.message, error.stack, told])
    }

    expect(shown.filter((text) => secret.test(text)).map((text) => text.slice(0, 2_000))).toEqual(
      [],
    )

    // what is looked through is all that there is
    const all = shown.join('\n')
    const types = new Set(all.match(/"type":"[a-z_:-]+"/g))
    for (const type of [
      'blocked',
      'blocking',
      'connection_leak',
      'idle_in_transaction',
      'stale_plan',
      'pool_exhaustion',
    ]) {
      expect(types).toContain(`"type":"${type}"`)
    }
    expect(all).toContain('update vault set note = ? || id where id = ?')
    expect(all).toContain('secrets.integration.test.ts')
    expect(all).toContain('hale_pool_connections{')
    expect(all).toContain('"db.client.operation.duration"')
    expect(all).toContain('was evicted because') // in the log, and on the dashboard's timeline
    const codes = errors.map((error) => (error as { code?: string }).code)
    expect(codes).toEqual(
      expect.arrayContaining([
        '23505',
        '42601',
        '22P02',
        'P0001',
        '40P01',
        '0A000',
        '57P01',
        '28P01',
      ]),
    )
    expect(codes).toEqual(
      expect.arrayContaining(['HALE_ACQUIRE_TIMEOUT', 'HALE_TRANSACTION_ABORTED', 'HALE_OPTIONS']),
    )

    // Hale's own statements, on the wire and in the server's log
    const own = statements.filter((text) => !sent.has(text))
    expect(own.length).toBeGreaterThan(10)
    expect(own.filter((text) => secret.test(text))).toEqual([])
    const logged = world.log.filter((line) => line.startsWith('hale sentinel (shop)|'))
    expect(logged.length).toBeGreaterThan(10)
    expect(logged.filter((line) => secret.test(line))).toEqual([])
    expect(world.log.filter((line) => line.includes(password))).toEqual([])

    // errors of PostgreSQL itself pass through untouched, their details with them
    const untouched = errors.find((error) => (error as { code?: string }).code === '23505')
    expect(untouched).toBeInstanceOf(pg.DatabaseError)
    expect((untouched as pg.DatabaseError).detail).toMatch(/Key \(\w+\)=/)
  })
})
