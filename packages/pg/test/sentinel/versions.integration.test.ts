import {
  isPostgresInstalled,
  postgresVersions,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import {
  connectStranger,
  limitsOf,
  muffled,
  soon,
  untilIssue,
  untilWatching,
} from './sentinel-parts.ts'

describe.each(postgresVersions)('the sentinel on PostgreSQL %i', (version) => {
  let server: TestPostgres
  let pool: HealthAwarePool
  let stranger: pg.Client
  const errors: string[] = []

  beforeAll(async () => {
    if (!isPostgresInstalled(version)) return
    server = await startPostgres({
      version,
      settings: { work_mem: '64kB', logging_collector: 'off' },
      onLog: (line) => {
        if (/(ERROR|FATAL|PANIC):/.test(line)) errors.push(line)
      },
    })
    const admin = await connectStranger(server.connectionString, 'admin')
    await admin.query(`create role stranger login password 'stranger';
      create table accounts (id int primary key, note text);
      insert into accounts select n, 'x' from generate_series(1, 3) as n;
      grant all on accounts to stranger`)
    await admin.end()
    const url = new URL(server.connectionString)
    url.username = 'stranger'
    url.password = 'stranger'
    stranger = await connectStranger(url.href, 'nightly job')
    pool = new HealthAwarePool({ connectionString: server.connectionString, ...soon })
    await pool.query('select 1')
    await untilWatching(pool)
  })
  afterAll(async () => {
    await stranger?.end()
    await pool?.end()
    await server?.stop()
  })
  const onIt = it.skipIf(!isPostgresInstalled(version))

  onIt('says what the server is, and names the rest', () => {
    const { server: seen } = pool.snapshot()
    expect(seen).toMatchObject({
      host: '127.0.0.1',
      role: 'primary',
      inHotStandby: false,
      timeline: 1,
      standbys: 0,
      sentinel: 'watching',
    })
    expect(seen.version).toMatch(new RegExp(`^${version}[.]`))
    expect(seen.systemIdentifier).toMatch(/^\d{15,}$/)
    expect(seen.uptimeMs).toBeGreaterThan(0)
    const { connections } = seen
    expect(connections?.used).toBeGreaterThanOrEqual(3)
    expect(connections?.free).toBe(
      (connections?.max ?? 0) - (connections?.reserved ?? 0) - (connections?.used ?? 0),
    )
    const old = {
      'since when locks are waited for': expect.any(String),
      'backend memory': expect.any(String),
    }
    expect(limitsOf(pool)).toEqual(version < 14 ? old : {})
  })
  onIt('gives rates after the second look', async () => {
    const { server: seen } = await waitFor(
      () => pool.snapshot().server.deadlocksPerSecond !== undefined && pool.snapshot(),
    )
    expect(seen.deadlocksPerSecond).toBe(0)
    expect(seen.conflictsPerSecond).toBe(0)
    expect(seen.tempBytesPerSecond).toBeGreaterThanOrEqual(0)
    expect(seen.checkpointsPerMinute?.timed).toBeGreaterThanOrEqual(0)
    expect(seen.checkpointsPerMinute?.requested).toBeGreaterThanOrEqual(0)
    expect(seen.waits).toEqual(expect.any(Object))
  })
  onIt('tells who blocks one of ours, and never a literal', async () => {
    await stranger.query('begin')
    await stranger.query("update accounts set note = 'top secret' where id = 1")
    const ours = muffled(pool.query("update accounts set note = 'ours' where id = 1"))
    const { evidence } = await untilIssue(pool, 'blocked')
    expect(evidence.blockedMs).toBeGreaterThanOrEqual(700)
    expect(evidence.waitEvent).toBe('Lock:transactionid')
    expect(evidence.blockers).toEqual([
      expect.objectContaining({
        pid: (stranger as unknown as { processID: number }).processID,
        application: 'nightly job',
        statement: 'update accounts set note = ? where id = ?',
        state: 'idle in transaction',
      }),
    ])
    expect(JSON.stringify(pool.snapshot())).not.toContain('secret')
    await stranger.query('rollback')
    await ours
    await waitFor(() => pool.monitor.issueOf('blocked') === undefined)
    const isOver = (): boolean => pool.monitor.openIssues().every(({ type }) => type !== 'blocked')
    await waitFor(isOver, { describe: 'the end of the wait' })
  })
  onIt('tells whom one of ours blocks, what it holds and for how long', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await client.query("update accounts set note = 'ours' where id = 2")
    const theirs = muffled(stranger.query("update accounts set note = 'hidden' where id = 2"))
    const { evidence } = await untilIssue(pool, 'blocking')
    expect(evidence).toMatchObject({ blocksCount: 1 })
    expect(evidence.waiters).toEqual([
      expect.objectContaining({
        application: 'nightly job',
        statement: 'update accounts set note = ? where id = ?',
        waitingMs: expect.any(Number),
      }),
    ])
    await untilIssue(pool, 'idle_in_transaction')
    const locks = await untilIssue(pool, 'locks_held')
    expect(locks.evidence.locksHeld).toBeGreaterThan(0)
    await client.query('rollback')
    client.release()
    await theirs
  })
  onIt('tells of a snapshot that holds back vacuum, and of temporary files', async () => {
    const client = await pool.connect()
    await client.query('begin isolation level repeatable read')
    await client.query('select 1')
    for (let n = 0; n < 5; n += 1) await stranger.query('update accounts set note = $1', [`${n}`])
    const reportOf = (name: 'tempBytes' | 'xminAge'): number =>
      Math.max(...pool.snapshot().connections.map(({ metrics }) => metrics.server?.[name] ?? 0))
    await waitFor(() => reportOf('xminAge') >= 5, { describe: 'the age of its snapshot' })
    // the sort is spilled before the first row is fetched, and stays until the cursor is closed
    await client.query(
      'declare c cursor for select n from generate_series(1, 300000) as n order by n desc',
    )
    await client.query('fetch 1 from c')
    await waitFor(() => reportOf('tempBytes') > 100_000, { describe: 'its temporary files' })
    await client.query('rollback')
    client.release()
  })
  onIt('never has the server refuse anything', () => {
    expect(errors.filter((line) => !line.includes('canceling statement'))).toEqual([])
  })
})
