import { type AddressInfo, createServer } from 'node:net'
import {
  isPgBouncerInstalled,
  isPostgresInstalled,
  type PgBouncerPoolMode,
  startPgBouncer,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DoctorReport } from '../../src/doctor/doctor-report.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { createFakePorts } from '../fake-ports.ts'

const few = ['--samples', '10']

let server: TestPostgres
let admin: pg.Client

beforeAll(async () => {
  server = await startPostgres({ ignoreEnvironment: true, settings: { autovacuum: 'off' } })
  admin = new pg.Client({ connectionString: server.connectionString })
  await admin.connect()
  await admin.query(`create table accounts (id int primary key, note text);
    insert into accounts values (1, 'x');
    create role limited login password 'limited' connection limit 2`)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

async function run(url: string, ...args: readonly string[]) {
  const ports = createFakePorts({ DATABASE_URL: url })
  const code = await runDoctor([...few, ...args], ports)
  expect(ports.written.stdout + ports.written.stderr).not.toContain(server.password)
  return { code, ...ports.written }
}

const codes = { critical: 2, warning: 1, info: 0 } as const

/** Without what a busy machine may make of the network. */
async function reportOn(url: string): Promise<DoctorReport> {
  const { code, stdout, stderr } = await run(url, '--json')
  const report = JSON.parse(stdout) as DoctorReport
  expect(stderr).toBe('')
  expect(code).toBe(report.facts === null ? 3 : codes[report.findings[0]?.severity ?? 'info'])
  const findings = report.findings.filter(({ id }) => !/^network|authentication$/.test(id))
  return { ...report, findings }
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(server.connectionString)
  change(url)
  return url.href
}

function idsOf({ findings }: DoctorReport, severity: string): readonly string[] {
  return findings.filter((finding) => finding.severity === severity).map(({ id }) => id)
}

describe('hale doctor on a server that is well', () => {
  it('finds nothing above info, and measures', async () => {
    const { version, target, facts, failure, findings, recommended } = await reportOn(
      server.connectionString,
    )
    expect({ version, failure }).toEqual({ version: 1, failure: null })
    expect(target).toEqual({ host: '127.0.0.1', port: server.port, database: 'postgres' })
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['info']))
    expect(facts).toMatchObject({
      network: { isLocal: true, roundTrip: { samples: 10 }, smallQuery: { samples: 10 } },
      server: { role: 'primary', seesAll: true, isSuperuser: true },
      connections: { max: 200, reserved: 3, used: 1 },
      unseen: [],
    })
    expect(facts?.pooler).toBeUndefined()
    expect(recommended.map(({ option }) => option)).toContain('max')
  })
  it('says so to people, with options to paste', async () => {
    const { stdout } = await run(server.connectionString, '--max', '20')
    expect(stdout).toContain('privileges.superuser')
    expect(stdout).toContain('max: 20,')
  })
  it('writes nothing, and leaves no session', async () => {
    const nextTransaction = async (): Promise<unknown> => {
      const text = 'select pg_snapshot_xmax(pg_current_snapshot())::text as next'
      return (await admin.query(text)).rows
    }
    const sessions = async (): Promise<number> => {
      const text = "select from pg_stat_activity where application_name = 'hale doctor'"
      return (await admin.query(text)).rowCount ?? 0
    }
    const before = await nextTransaction()
    await run(server.connectionString)
    expect(await nextTransaction()).toEqual(before) // whoever writes takes a number
    await waitFor(async () => (await sessions()) === 0, { describe: 'no session of the doctor' })
  })
  it('warns when the pools that are planned do not fit', async () => {
    const { code, stdout } = await run(server.connectionString, '--max', '100', '--processes', '4')
    expect(code).toBe(1)
    expect(stdout).toContain('headroom.pools')
  })
  it('does with few connections and privileges, and says what it did not see', async () => {
    const url = urlWith((it) => {
      it.username = 'limited'
      it.password = 'limited'
    })
    const report = await reportOn(url)
    expect(idsOf(report, 'warning')).toEqual([])
    expect(idsOf(report, 'info')).toContain('privileges.statistics')
    expect(report.facts?.connections).toMatchObject({ max: 200, roleLimit: 2 })
    expect(report.facts?.connections?.used).toBeUndefined()
    expect(report.facts?.unseen.map(({ fact }) => fact)).toContain(
      'what sessions of other roles do',
    )
  })
})

/** One session forgets its transaction, another waits for it; undone by what this returns. */
async function block(url: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: url, application_name: 'forgetful' })
  const waiter = new pg.Client({ connectionString: url, application_name: 'patient' })
  await Promise.all([holder.connect(), waiter.connect()])
  await holder.query("begin; update accounts set note = 'top secret' where id = 1")
  const waiting = waiter.query("update accounts set note = 'also secret' where id = 1")
  const watcher = new pg.Client({ connectionString: url })
  await watcher.connect()
  const text = `select from pg_stat_activity where application_name = 'forgetful'
    and state = 'idle in transaction' and state_change < clock_timestamp() - interval '1.1 s'
    and exists (select from pg_locks where not granted)`
  await waitFor(async () => (await watcher.query(text)).rowCount === 1, {
    describe: 'a session that has been idle in its transaction for long enough',
  })
  await watcher.end()
  return async () => {
    await holder.end()
    await waiting
    await waiter.end()
  }
}

describe('hale doctor where sessions are in the way of others', () => {
  it.each([
    ['the newest', undefined],
    ['the oldest', 12],
  ] as const)('names them, without what they wrote, on %s version', async (_which, version) => {
    if (version !== undefined && !isPostgresInstalled(version)) return
    const own = version === undefined ? undefined : await startPostgres({ version })
    const url = (own ?? server).connectionString
    if (own !== undefined) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(
        "create table accounts (id int primary key, note text); insert into accounts values (1, 'x')",
      )
      await client.end()
    }
    const undo = await block(url)
    const report = await reportOn(url)
    await undo()
    await own?.stop()
    expect(idsOf(report, 'critical')).toEqual([])
    expect(idsOf(report, 'warning').filter((id) => id.startsWith('sessions.'))).toEqual([
      'sessions.blocked',
      'sessions.idle-in-transaction',
    ])
    expect(report.facts?.sessions?.blocked).toMatchObject([
      {
        application: 'patient',
        statement: 'update accounts set note = ? where id = ?',
        holders: [{ application: 'forgetful', state: 'idle in transaction' }],
      },
    ])
    expect(JSON.stringify(report)).not.toContain('secret')
    expect(report.facts?.unseen).toEqual([])
  })
})

describe('hale doctor where it cannot look', () => {
  const notThere = (code: number, stderr: string): void => {
    expect(code).toBe(3)
    expect(stderr).toMatch(/^hale: cannot check 127\.0\.0\.1:\d+\/\w+: /)
  }
  it('says that it was not let in', async () => {
    const url = urlWith((it) => {
      it.password = 'wrong-guess'
    })
    const { code, stdout, stderr } = await run(url)
    notThere(code, stderr)
    expect(stdout).toBe('')
    expect(stderr).toContain('(authentication_failed, 28P01)')
    expect(stderr).not.toContain('wrong-guess')
  })
  it('says so in JSON too', async () => {
    const report = await reportOn(
      urlWith((it) => {
        it.pathname = '/nothing'
      }),
    )
    expect(report).toMatchObject({
      facts: null,
      findings: [],
      failure: { kind: 'unknown_database', sqlState: '3D000' },
    })
  })
  it('says that nobody listens, and that nobody answers', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const url = `postgres://bob@127.0.0.1:${port}/shop`
    const unanswered = await run(url, '--timeout-ms', '150')
    notThere(unanswered.code, unanswered.stderr)
    expect(unanswered.stderr).toContain('(connection_timeout)')
    await new Promise((resolve) => silent.close(resolve))
    const refused = await run(url)
    notThere(refused.code, refused.stderr)
    expect(refused.stderr).toContain('(connection_refused, ECONNREFUSED)')
  })
})

describe.skipIf(!isPgBouncerInstalled())('hale doctor behind PgBouncer', () => {
  it.each<readonly [PgBouncerPoolMode, string]>([
    ['session', 'pooler.session'],
    ['transaction', 'pooler.transaction'],
    ['statement', 'pooler.transaction'],
  ])('in mode %s finds out, and leaves no settings behind', async (poolMode, id) => {
    const settings = { default_pool_size: '2', max_client_conn: '20' }
    await using bouncer = await startPgBouncer(server, { poolMode, settings })
    const report = await reportOn(bouncer.connectionString)
    expect(idsOf(report, 'warning')).toEqual([])
    expect(idsOf(report, 'info')).toContain(id)
    expect(report.facts?.pooler?.name).toBe('pgbouncer')
    expect(report.facts?.settings?.statementTimeoutMs).toBe(0)
    const next = new pg.Client({ connectionString: bouncer.connectionString })
    await next.connect()
    const { rows } = await next.query("select current_setting('statement_timeout') as own")
    await next.end()
    expect(rows).toEqual([{ own: '0' }])
  })
})
