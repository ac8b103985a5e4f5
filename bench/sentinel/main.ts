import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { HealthAwarePool } from '@hale/pg'
import { startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { startChild } from '../child.ts'
import type { SliceQuestion, WatchedTask } from './watched-process.ts'

/** What the sentinel costs the server per tick, and its own process, at 100 connections. */

const connections = 100
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    slices: { type: 'string', default: '6' },
    version: { type: 'string', default: '18' },
  },
})
const seconds = Number(values.seconds)
const slices = Number(values.slices)

await using server = await startPostgres({
  version: Number(values.version) as 18,
  settings: {
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.track_planning': 'on',
    'pg_stat_statements.track': 'all',
    max_connections: '250',
  },
})
const admin = new pg.Client({ connectionString: server.connectionString })
await admin.connect()
await admin.query('create extension if not exists pg_stat_statements')
await admin.query('create table held as select n from generate_series(1, 1000) as n')
await admin.query('create unique index on held (n)')

print(`PostgreSQL ${values.version}, ${connections} connections, load ${loadavg()[0]?.toFixed(2)}`)
for (const state of ['idle', 'active', 'in transactions'] as const)
  await measureServer(server, state)
for (const isLeased of slices > 0 ? [false, true] : []) await measureClient(server, isLeased)
await admin.end()

/** The server's own time for what the sentinel asks, planning included, while all connections are like that. */
async function measureServer(
  { connectionString }: TestPostgres,
  state: 'active' | 'idle' | 'in transactions',
): Promise<void> {
  const pool = new HealthAwarePool({
    connectionString,
    max: connections,
    idleTimeoutMillis: 3_600_000,
    sentinel: { intervalMs: 100 }, // a tick costs the same as once a second
  })
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  const working = clients.map(async (client, index) => {
    if (state === 'idle') client.release()
    else if (state === 'active') await client.query('select pg_sleep($1)', [seconds + 3])
    else {
      await client.query('begin')
      await client.query('update held set n = n where n = $1', [index + 1])
    }
  })
  if (state !== 'active') await Promise.all(working)
  await pause(2_000)
  await admin.query('select pg_stat_statements_reset()')
  await pause(seconds * 1_000)
  const { rows } = await admin.query<{ what: string; calls: number; plan: number; exec: number }>(
    `select case when query like '%took_ms%' then 'tick' when query like '%as "role"%' then 'facts'
        when query like '%n_mod_since_analyze%' then 'statistics' else 'other' end as what,
      sum(calls)::int as calls, sum(total_plan_time) as plan, sum(total_exec_time) as exec
      from pg_stat_statements where toplevel group by 1`,
  )
  const each = new Map(
    rows.map(({ what, calls, plan, exec }) => [
      what,
      { calls, ms: (plan + exec) / calls, plan: plan / calls },
    ]),
  )
  const tick = each.get('tick')
  const facts = each.get('facts')
  const perTickMs = (tick?.ms ?? Number.NaN) + (facts?.ms ?? 0) / 10
  print(
    `server, ${state.padEnd(16)} ${perTickMs.toFixed(3)} ms per tick (< 1: ${verdict(perTickMs < 1)}): ` +
      `activity ${tick?.ms.toFixed(3)} ms of which planning ${tick?.plan.toFixed(3)} (${tick?.calls} calls), ` +
      `facts ${facts?.ms.toFixed(3)} ms every tenth (${facts?.calls} calls)`,
  )
  await Promise.all(working)
  if (state === 'in transactions')
    await Promise.all(clients.map((client) => client.query('rollback')))
  if (state !== 'idle') for (const client of clients) client.release()
  await pool.end()
}

/** Two processes at a time, one with and one without, so that whatever else runs disturbs both alike. */
async function measureClient({ connectionString }: TestPostgres, isLeased: boolean): Promise<void> {
  const module = new URL('./watched-process.ts', import.meta.url)
  const start = (isWatched: boolean) => {
    const task: WatchedTask = { connectionString, connections, isLeased, isWatched }
    return startChild<SliceQuestion, number>(module, task)
  }
  await using watched = start(true)
  await using unwatched = start(false)
  const differences: number[] = []
  const shares: number[] = []
  for (let slice = 0; slice < slices; slice += 1) {
    const ms = seconds * 500
    const [on, off] = await Promise.all([watched.ask({ ms }), unwatched.ask({ ms })])
    differences.push(on - off)
    shares.push(off)
  }
  const share = median(differences)
  const what = isLeased ? 'all lent' : 'all idle'
  print(
    `client, ${what.padEnd(16)} ${percent(share)} of one CPU more than without (< 0.1 %: ${verdict(share < 0.001)}), ` +
      `slices from ${percent(Math.min(...differences))} to ${percent(Math.max(...differences))}, without ${percent(median(shares))}`,
  )
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'does not hold'
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
