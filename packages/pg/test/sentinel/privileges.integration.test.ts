import { type PostgresVersion, startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import {
  connectStranger,
  delay,
  limitsOf,
  muffled,
  soon,
  untilIssue,
  untilWatching,
} from './sentinel-parts.ts'

describe.each([14, 18] as PostgresVersion[])('a role without pg_monitor on %i', (version) => {
  let server: TestPostgres
  let admin: pg.Client
  let url: string
  const log: string[] = []
  const errors = (): string[] => log.filter((line) => /(ERROR|FATAL|PANIC):/.test(line))

  beforeAll(async () => {
    server = await startPostgres({ version, onLog: (line) => void log.push(line) })
    admin = await connectStranger(server.connectionString, 'admin')
    await admin.query(`create role app login password 'app';
      create table t (id int); insert into t values (1); grant all on t to app`)
    const address = new URL(server.connectionString)
    address.username = 'app'
    address.password = 'app'
    url = address.href
  })
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })

  it('sees less, says what, and is never refused', async () => {
    const pool = new HealthAwarePool({ connectionString: url, ...soon })
    const client = await pool.connect()
    const known = (): boolean => pool.snapshot().server.deadlocksPerSecond !== undefined
    await waitFor(known, { describe: 'what it does see' })
    const needs = 'needs pg_read_all_stats, which pg_monitor includes'
    expect(limitsOf(pool)).toEqual({
      'statements of other roles': needs,
      'connection headroom': needs,
      'replication lag of the standbys': needs,
      'temporary files': needs,
      'what backends wait for': needs,
    })
    const { role, connections, waits, standbys, uptimeMs } = pool.snapshot().server
    expect({ role, connections, waits, standbys }).toEqual({ role: 'primary' })
    expect(uptimeMs).toBeGreaterThan(0)
    await delay(5_000) // twenty ticks, two of which ask for facts
    expect(errors()).toEqual([])
    client.release()
    await pool.end()
  })
  it('tells who blocks it without what it may not see', async () => {
    const pool = new HealthAwarePool({ connectionString: url, ...soon })
    await pool.query('select 1')
    await admin.query('begin')
    await admin.query("update t set id = 2 where 'secret' <> ''")
    const wait = muffled(pool.query('update t set id = 3'))
    const { evidence } = await untilIssue(pool, 'blocked')
    expect(evidence.blockers).toEqual([
      { pid: (admin as unknown as { processID: number }).processID, application: 'admin' },
    ])
    expect(JSON.stringify(evidence)).not.toContain('insufficient')
    await admin.query('rollback')
    await wait
    await pool.end()
  })
  it('sees all of it once it has pg_monitor', async () => {
    await admin.query('grant pg_monitor to app')
    const pool = new HealthAwarePool({ connectionString: url, ...soon })
    await pool.query('select 1')
    await untilWatching(pool)
    expect(limitsOf(pool)).toEqual({})
    expect(pool.snapshot().server.standbys).toBe(0)
    await pool.end()
    expect(errors()).toEqual([])
  })
  it('loses one fact, after one refusal, when one is taken from it', async () => {
    await admin.query(
      'revoke all on function pg_catalog.pg_control_system() from public; revoke all on function pg_ls_tmpdir() from pg_monitor',
    )
    const pool = new HealthAwarePool({ connectionString: url, ...soon })
    const client = await pool.connect()
    await untilWatching(pool)
    await delay(5_000)
    expect(limitsOf(pool)).toEqual({
      identity: 'refused (42501)',
      'temporary files': 'refused (42501)',
    })
    expect(errors()).toHaveLength(3) // all of them together, and each of the two by itself
    client.release()
    await pool.end()
  })
})
