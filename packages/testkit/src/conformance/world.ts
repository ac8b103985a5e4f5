import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { endPools, leaseEverySlot } from '../pool-checks.ts'
import { startPostgres, type TestPostgres } from '../postgres/start-postgres.ts'
import { terminateBackend } from '../postgres/terminate-backend.ts'
import type { FaultLink } from '../proxy/fault-link.ts'
import { createFaultProxy, type FaultProxy } from '../proxy/fault-proxy.ts'
import { waitFor } from '../wait-for.ts'
import type {
  ConformanceAdapter,
  ConformancePoolSettings,
  ConformanceSubject,
  ConformanceTransaction,
} from './adapter.ts'
import { LeaseRecord } from './lease-record.ts'
import { type SentStatement, sentTwice } from './statement-record.ts'
import { createWatchedProcess } from './watched-process.ts'

/** A lock that statements wait for, see `lockStatement`. */
export interface HeldLock {
  /** Resolves when a statement waits for the lock, with the pid of its backend. */
  untilAwaited(): Promise<number>
  release(): Promise<void>
}

/** A server, a schema of its own in it, a proxy of each test in front of it, and a way around the proxy. */
export interface ConformanceWorld {
  readonly adapter: ConformanceAdapter
  readonly proxy: FaultProxy
  readonly admin: pg.Pool
  /** Every statement that reached the proxy in this test, in order. */
  readonly statements: readonly SentStatement[]
  /** What the adapter makes, on a pool that is checked and ended when the test is over. @default max 2 */
  open(
    settings?: Partial<ConformancePoolSettings>,
    hooks?: Readonly<Record<string, () => Promise<void>>>,
  ): ConformanceSubject
  /** Calls `act` with the next statement that matches, before it is passed on. */
  onNext(pattern: RegExp, act: (link: FaultLink) => void): void
  /** Which of the rows are in the table `entry`. */
  entries(): Promise<readonly number[]>
  /** Ends the backend and waits until the server has forgotten it. */
  terminate(processId: number): Promise<void>
  /** Takes the lock that `lockStatement` waits for. */
  holdLock(): Promise<HeldLock>
}

const LOCK = 20_611

/** Waits for whoever has `holdLock`. */
export const lockStatement: string = `select 1 as one from pg_advisory_xact_lock_shared(${LOCK})`

/** Sets up the world of one suite; the laws that hold in every test are checked after each. */
export function setUpWorld(adapter: ConformanceAdapter): ConformanceWorld {
  const schema = `hale_conformance_${randomBytes(6).toString('hex')}`
  const options = `-c search_path=${schema}`
  const process = createWatchedProcess()
  const statements: SentStatement[] = []
  let triggers: { readonly pattern: RegExp; readonly act: (link: FaultLink) => void }[] = []
  let locks: HeldLock[] = []
  let opened: { readonly subject: ConformanceSubject; readonly leases: LeaseRecord }[] = []
  let server: TestPostgres
  let proxy: FaultProxy
  let admin: pg.Pool

  beforeAll(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.connectionString, options, max: 4 })
    admin.on('error', () => {}) // pg.Pool's end() may resolve before its last client is gone
    await admin.query(`create schema ${schema}`)
    await admin.query(tables)
  })
  beforeEach(async () => {
    process.start()
    proxy = await createFaultProxy(server, {
      onStatement: (link, text) => {
        statements.push({ link, text })
        const trigger = triggers.find(({ pattern }) => pattern.test(text))
        triggers = triggers.filter((each) => each !== trigger)
        trigger?.act(link)
      },
    })
  })
  afterEach(async () => {
    const subjects = opened
    const sent = [...statements]
    try {
      triggers = []
      for (const lock of locks) await lock.release()
      for (const { subject } of subjects) await expectEverySlot(subject)
      for (const { leases } of subjects) expect(leases.faults).toEqual([])
      expect(sentTwice(sent), 'sent twice').toEqual([])
    } finally {
      opened = []
      locks = []
      proxy?.all.reset() // whatever still runs in there is over
      for (const { subject } of subjects) void subject.close().catch(() => {})
      await endPools(subjects.map(({ subject }) => subject.pool))
      await proxy?.close()
      statements.length = 0
      await admin?.query('truncate entry, child, account')
    }
    expect(process.stop(), 'errors that nobody handled').toEqual([])
  })
  afterAll(async () => {
    await admin?.query(`drop schema ${schema} cascade`)
    await admin?.end()
    await server?.stop()
  })

  return {
    adapter,
    get proxy() {
      return proxy
    },
    get admin() {
      return admin
    },
    statements,
    open(settings = {}, hooks = {}) {
      const connectionString = proxy.connectionString(server.connectionString)
      const defaults = { max: 2, connectionTimeoutMillis: 10_000, endTimeoutMs: 1_000 }
      const subject = adapter.open({ connectionString, options, ...defaults, ...settings }, hooks)
      opened.push({ subject, leases: new LeaseRecord(subject.pool) })
      return subject
    },
    onNext: (pattern, act) => void triggers.push({ pattern, act }),
    async entries() {
      const { rows } = await admin.query<{ id: number }>('select id from entry order by id')
      return rows.map(({ id }) => id)
    },
    terminate: (processId) => terminateBackend(admin, processId),
    async holdLock() {
      const lock = await holdLock(admin)
      locks.push(lock)
      return lock
    },
  }
}

/** The pid of the backend that runs the transaction, or any statement of the subject. */
export async function pidOf(executor: Pick<ConformanceTransaction, 'query'>): Promise<number> {
  const [row] = await executor.query('select pg_backend_pid() as pid')
  return Number(row?.['pid'])
}

/** Inserts a row; every id is inserted once in a test, so that the text is sent once. */
export function insertEntry(id: number): string {
  return `insert into entry (id) values (${id})`
}

const tables = `
  create table entry (id int primary key);
  create table child (parent int not null references entry deferrable initially deferred);
  create table account (id int primary key, balance int not null check (balance >= 0));
  create table slow_commit (id int);
  create function wait_for_lock() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end';
  create constraint trigger slow_commit after insert on slow_commit
    deferrable initially deferred for each row execute function wait_for_lock()`

/** A slot that leaked, whatever was done to it, makes this fail; a pool that has ended has none. */
async function expectEverySlot({ pool }: ConformanceSubject): Promise<void> {
  if (pool.ended) return
  const isQuiet = (): boolean => pool.snapshot().counts.leased === 0
  await waitFor(isQuiet, { describe: 'every lease to end' })
  expect(await leaseEverySlot(pool)).toBe(pool.options.max)
}

async function holdLock(admin: pg.Pool): Promise<HeldLock> {
  const holder = await admin.connect()
  await holder.query('select pg_advisory_lock($1)', [LOCK])
  let isHeld = true
  return {
    async untilAwaited() {
      const waiters = `select pid from pg_locks
        where locktype = 'advisory' and objid = $1 and not granted`
      const find = async (): Promise<number | undefined> => {
        const { rows } = await admin.query<{ pid: number }>(waiters, [LOCK])
        return rows[0]?.pid
      }
      return waitFor(find, { describe: 'somebody to wait for the lock' })
    },
    async release() {
      if (!isHeld) return
      isHeld = false
      await holder.query('select pg_advisory_unlock($1)', [LOCK])
      holder.release()
    },
  }
}
