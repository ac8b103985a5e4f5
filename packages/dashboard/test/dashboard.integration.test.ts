import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { HealthAwareConnectionManager, HealthAwarePool } from '@hale/pg'
import { startPostgres, type TestPostgres, terminateBackend, untilLost } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDashboard, type DashboardState, type TimelineEntry } from '../src/index.ts'
import { EventReader } from './event-reader.ts'
import { startWebServer } from './web-server.ts'

let postgres: TestPostgres
let admin: pg.Client
beforeAll(async () => {
  postgres = await startPostgres()
  admin = new pg.Client({ connectionString: postgres.connectionString })
  await admin.connect()
})
afterAll(async () => {
  await admin?.end()
  await postgres?.stop()
})

const authorize = (): 'operate' => 'operate'
const quick = { authorize, intervalMs: 500 } as const

function createPool(): HealthAwarePool {
  const { connectionString } = postgres
  return new HealthAwarePool({ connectionString, max: 4, sentinel: { intervalMs: 100 } })
}

function entryOf(
  { pools }: DashboardState,
  kind: TimelineEntry['kind'],
  connectionId?: number,
): TimelineEntry | undefined {
  return pools['main']?.timeline.find((entry) => {
    return (
      entry.kind === kind && (connectionId === undefined || entry.connectionId === connectionId)
    )
  })
}

describe('the event stream', () => {
  it('tells the story of a connection whose backend was killed under its holder', async () => {
    await using pool = createPool()
    using dashboard = createDashboard({ main: pool }, quick)
    await using server = await startWebServer(dashboard.handler)
    const reader = new EventReader(await fetch(`${server.origin}/events`))
    const client = await pool.connect()
    client.on('error', () => {})
    const { rows } = await client.query('select pg_backend_pid() as pid')
    await reader.until(({ pools }) => pools['main']?.connections[0]?.state === 'leased')
    await terminateBackend(admin, rows[0].pid)
    await untilLost(pool, rows[0].pid)
    client.release()
    await pool.query('select 1')
    const state = await reader.until(
      (each) => typeof entryOf(each, 'evicted')?.successorId === 'number',
    )
    const story = entryOf(state, 'evicted')
    expect(story).toMatchObject({ cause: 'lost', severity: 'critical', connectionId: 1 })
    expect(story?.text).toMatch(
      /^Connection 1 was evicted because its socket or its backend was gone\. It lived .+, was lent 1 time and ran 1 statement\. Its holder was told by an error\. Connection 2 was open in its place .+ later\.$/,
    )
    const now = Date.now()
    expect(Math.abs((story?.at ?? 0) - now)).toBeLessThan(60_000)
    expect(entryOf(state, 'opened', 2)?.text).toContain('after connection 1 had left')
    expect(state.pools['main']?.totals.recycles.lost).toBe(1)
    await reader.cancel()
  })
  it('tells of what an operator had done, and of what took the place', async () => {
    await using pool = createPool()
    using dashboard = createDashboard({ main: pool }, quick)
    await using server = await startWebServer(dashboard.handler)
    await pool.query('select 1')
    const reader = new EventReader(await fetch(`${server.origin}/events`))
    const html = await (await fetch(`${server.origin}/`)).text()
    const token = /name="hale-csrf" content="([^"]*)"/.exec(html)?.[1] ?? ''
    const answer = await fetch(`${server.origin}/action`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hale-csrf': token },
      body: JSON.stringify({ pool: 'main', verb: 'recycle', connectionId: 1 }),
    })
    expect(answer.status).toBe(200)
    const state = await reader.until((each) => entryOf(each, 'evicted') !== undefined)
    expect(entryOf(state, 'operator')?.text).toBe(
      'An operator at 127.0.0.1 had connection 1 replaced.',
    )
    expect(entryOf(state, 'evicted')).toMatchObject({ connectionId: 1, successorId: 2 })
    expect(entryOf(state, 'evicted')?.text).toMatch(
      /because an operator asked for it\. .* Connection 2, opened .+ before, took its place\.$/,
    )
    await reader.cancel()
  })
  it('shows who blocks whom, with hostile names as they are and without literals', async () => {
    const hostile = `</script><img src=x onerror="alert('x')">\n`
    const { connectionString, password } = postgres
    const stranger = new pg.Client({ connectionString, application_name: hostile })
    await stranger.connect()
    await using pool = createPool()
    using dashboard = createDashboard({ main: pool }, quick)
    await using server = await startWebServer(dashboard.handler)
    await stranger.query('create table if not exists dashboard_locks (id int, "</script>" text)')
    await stranger.query('begin')
    await stranger.query(`insert into dashboard_locks values (1, 'hunter2-</script>')`)
    await stranger.query(
      `lock table dashboard_locks /* </script> */ in access exclusive mode; select 'hunter2' as "</script>"`,
    )
    const waiting = pool.query(
      `select "</script>" from dashboard_locks where "</script>" = 'hunter3'`,
    )
    const reader = new EventReader(await fetch(`${server.origin}/events`))
    const state = await reader.until(({ pools }) => (pools['main']?.blocks.length ?? 0) > 0)
    const [block] = state.pools['main']?.blocks ?? []
    expect(block?.waiting.connectionId).toBe(1)
    expect(block?.holder.connectionId).toBeNull()
    expect(block?.holder.applicationName).toContain(`</script><img src=x onerror="alert('x')">`)
    expect(block?.holder.statement).toContain('</script>')
    const raw = await (await fetch(`${server.origin}/snapshot.json`)).text()
    expect(raw).not.toMatch(/hunter|[\n\r]/)
    expect(raw.includes(password)).toBe(password === '')
    await stranger.query('rollback')
    await waiting
    await reader.cancel()
    await stranger.end()
  })
})

describe('a manager', () => {
  it('is shown with the pools that it has', async () => {
    await using manager = new HealthAwareConnectionManager()
    using dashboard = createDashboard(manager, quick)
    await using server = await startWebServer(dashboard.handler)
    const reader = new EventReader(await fetch(`${server.origin}/events`))
    const { connectionString } = postgres
    await manager.register('tenant', { connectionString }).query('select 1')
    const came = await reader.until(({ pools }) => pools['tenant']?.connections.length === 1)
    expect(came.pools['tenant']?.target.port).toBe(postgres.port)
    await manager.deregister('tenant')
    await reader.until(({ pools }) => Object.keys(pools).length === 0)
    await reader.cancel()
  })
})

describe('a process with a dashboard', () => {
  it('ends by itself, though nobody has closed the dashboard', async () => {
    const program = fileURLToPath(new URL('./watched-program.ts', import.meta.url))
    const flags = ['--conditions=@hale/source', program, postgres.connectionString]
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
    expect(code).toBe(0)
  })
})
