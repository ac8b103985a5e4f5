import {
  endPools,
  leaseEverySlot,
  startPostgres,
  suspendProcess,
  type TestPostgres,
  untilLost,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  CommitUnknownError,
  connectionHandleOf,
  HealthAwarePool,
  type HealthAwarePoolOptions,
  TransactionAbortedError,
  withHealthAwareTransaction,
} from '../src/index.ts'

let postgres: TestPostgres
let admin: pg.Client
const pools: HealthAwarePool[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  admin = new pg.Client(postgres.connectionString)
  await admin.connect()
  await admin.query('create table note (id int primary key, text text)')
  await admin.query(`create table line (
    note_id int references note deferrable initially deferred
  );
  create function slowly() returns trigger language plpgsql as
    'begin if new.text = ''slow to commit'' then perform pg_sleep(60); end if; return null; end';
  create constraint trigger slow after insert on note
    deferrable initially deferred for each row execute function slowly()`)
})
afterEach(async () => {
  await endPools(pools.splice(0))
  await admin.query('truncate note cascade')
})
afterAll(async () => {
  await admin.end()
  await postgres.stop()
})

function open(options?: HealthAwarePoolOptions): HealthAwarePool {
  const pool = new HealthAwarePool({
    connectionString: postgres.connectionString,
    max: 1,
    ...options,
  })
  pools.push(pool)
  return pool
}

async function notes(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>('select count(*)::int from note')
  return rows[0]?.count ?? -1
}

async function pidOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? -1
}

describe('withHealthAwareTransaction', () => {
  it('commits what was done, and gives back what it resolved to', async () => {
    const pool = open()
    const result = await withHealthAwareTransaction(pool, async (client) => {
      await client.query("insert into note values (1, 'one')")
      return 'done'
    })
    expect(result).toBe('done')
    expect(await notes()).toBe(1)
    expect(pool.snapshot().counts).toMatchObject({ idle: 1, leased: 0 })
  })

  it('says in BEGIN what it was asked for', async () => {
    const pool = open()
    const modes = withHealthAwareTransaction(
      pool,
      async (client) => {
        const { rows } =
          await client.query(`select current_setting('transaction_isolation') as level,
          current_setting('transaction_read_only') as readonly,
          current_setting('transaction_deferrable') as deferrable`)
        return rows[0]
      },
      { isolationLevel: 'serializable', accessMode: 'read only', deferrable: true },
    )
    expect(await modes).toEqual({ level: 'serializable', readonly: 'on', deferrable: 'on' })
  })

  it('names every option that is wrong, and leases nothing', async () => {
    const pool = open()
    const options = {
      isolationLevel: 'dirty',
      accessMode: 'rw',
      deferrable: 1,
      retries: 3,
    } as object
    const refused = withHealthAwareTransaction(pool, () => {}, options)
    await expect(refused).rejects.toThrow(
      /isolationLevel: .*accessMode: .*deferrable: .*retries: /s,
    )
    expect(pool.snapshot().totals.leases).toBe(0)
  })

  it('rolls back what failed, and throws the very error', async () => {
    const pool = open()
    const changedItsMind = new Error('changed its mind')
    const failed = withHealthAwareTransaction(pool, async (client) => {
      await client.query("insert into note values (1, 'one')")
      throw changedItsMind
    })
    await expect(failed).rejects.toBe(changedItsMind)
    expect(await notes()).toBe(0)
    expect(pool.snapshot().issues).toEqual([])
  })

  it('throws what PostgreSQL says of a COMMIT that it refuses', async () => {
    const pool = open()
    const refused = withHealthAwareTransaction(pool, (client) =>
      client.query('insert into line values (404)'),
    )
    await expect(refused).rejects.toMatchObject({ code: '23503' })
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('reports a COMMIT that was answered by ROLLBACK', async () => {
    const pool = open()
    const swallowed = withHealthAwareTransaction(pool, async (client) => {
      await client.query("insert into note values (1, 'one')")
      await client.query('select 1/0').catch(() => {})
    })
    await expect(swallowed).rejects.toBeInstanceOf(TransactionAbortedError)
    expect(await notes()).toBe(0)
  })

  it('says that nobody knows what became of a COMMIT without an answer', async () => {
    const pool = open()
    const unknown = withHealthAwareTransaction(pool, (client) =>
      client.query("insert into note values (1, 'slow to commit')"),
    )
    const told = expect(unknown).rejects.toSatisfy((error: unknown) => {
      const { cause } = error as CommitUnknownError
      return error instanceof CommitUnknownError && (cause as pg.DatabaseError).code === '57P01'
    })
    const killed =
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'COMMIT' and wait_event = 'PgSleep'"
    await waitFor(async () => (await admin.query(killed)).rowCount === 1, {
      describe: 'a COMMIT that runs',
    })
    await told
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('knows that a COMMIT which was never sent did nothing', async () => {
    const pool = open()
    const unsent = withHealthAwareTransaction(pool, async (client) => {
      const pid = await pidOf(client)
      await admin.query('select pg_terminate_backend($1)', [pid])
      await untilLost(pool, pid)
    })
    await expect(unsent).rejects.toThrow('not queryable')
    await expect(unsent).rejects.not.toBeInstanceOf(CommitUnknownError)
  })

  it('cancels what runs when its signal aborts, rolls back, and throws the reason', async () => {
    const pool = open()
    const controller = new AbortController()
    const reason = new Error('nobody waits any more')
    const aborted = withHealthAwareTransaction(
      pool,
      async (client) => {
        await client.query("insert into note values (1, 'one')")
        setImmediate(() => controller.abort(reason))
        await client.query('select pg_sleep(60)')
      },
      { signal: controller.signal },
    )
    await expect(aborted).rejects.toBe(reason)
    expect(await notes()).toBe(0)
    expect(pool.snapshot().totals).toMatchObject({ opened: 1, closed: 0 })
  })

  it('does not commit what was aborted while nothing ran', async () => {
    const pool = open()
    const controller = new AbortController()
    const aborted = withHealthAwareTransaction(
      pool,
      async (client) => {
        await client.query("insert into note values (1, 'one')")
        controller.abort()
      },
      { signal: controller.signal },
    )
    await expect(aborted).rejects.toThrow('aborted')
    expect(await notes()).toBe(0)
  })

  it('gives up its place in the queue when its signal aborts', async () => {
    const pool = open()
    const held = await pool.connect()
    const controller = new AbortController()
    const waiting = withHealthAwareTransaction(pool, () => {}, { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toThrow('aborted')
    expect(pool.waitingCount).toBe(0)
    held.release()
  })
})

describe('connectionHandleOf', () => {
  it('is the same for a client as long as that lives, and undefined for any other', async () => {
    const pool = open()
    const first = await pool.connect()
    const handle = connectionHandleOf(first)
    first.release()
    const again = await pool.connect()
    expect(connectionHandleOf(again)).toBe(handle)
    expect(connectionHandleOf(admin)).toBeUndefined()
    expect(handle).toMatchObject({ connectionId: 1, processId: await pidOf(again) })
    again.release()
  })

  it('tells the transaction status and the last command', async () => {
    const pool = open()
    const client = await pool.connect()
    const handle = connectionHandleOf(client)
    await client.query('begin')
    expect(handle).toMatchObject({ transactionStatus: 'T', lastCommand: 'BEGIN' })
    await client.query('select 1/0').catch(() => {})
    await waitFor(() => handle?.transactionStatus === 'E') // the error comes before the status
    await client.query('commit')
    expect(handle).toMatchObject({ transactionStatus: 'I', lastCommand: 'ROLLBACK' })
    client.release()
  })

  it('names what runs for snapshots, issues and totals', async () => {
    const pool = open()
    const client = await pool.connect()
    const handle = connectionHandleOf(client)
    handle?.describeWith({ kindOf: () => 'select', queryIdOf: () => 'q-1' })
    handle?.announce({})
    await client.query('begin')
    expect(pool.snapshot().connections[0]?.operation).toEqual({ kind: 'select', queryId: 'q-1' })
    const sighted = pool.monitor.sight(
      {
        type: 'unresponsive',
        scope: 'connection',
        severity: 'critical',
        evidence: { waitedMs: 1, during: 'statement' },
      },
      handle?.connectionId,
    )
    expect(sighted.operation).toEqual({ kind: 'select', queryId: 'q-1' })
    await client.query('rollback') // which nobody announced
    expect(pool.snapshot().connections[0]?.operation).toBeUndefined()
    client.release()
    const { select } = pool.snapshot().totals.operations
    expect(select).toMatchObject({ runsTotal: 1, failuresTotal: 0 })
  })

  it('has a condemned connection closed at its release', async () => {
    const pool = open()
    const client = await pool.connect()
    connectionHandleOf(client)?.condemn()
    expect(pool.totalCount).toBe(1)
    client.release()
    expect(pool.snapshot().totals.recycles['released-with-error']).toBe(1)
  })

  it('cancels what runs, and resolves where nothing does', async () => {
    const pool = open()
    const client = await pool.connect()
    const handle = connectionHandleOf(client)
    await handle?.cancelRunning()
    const sleeping = client.query('select pg_sleep(60)')
    const cancelled = expect(sleeping).rejects.toMatchObject({ code: '57014' })
    setImmediate(() => void handle?.cancelRunning())
    await cancelled
    await waitFor(() => handle?.isRunning === false) // the error comes before the end
    client.release()
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(pool.snapshot().totals.opened).toBe(1)
  })

  it('cancels a statement that reaches its backend after the cancel, which an idle backend ignores', async () => {
    const pool = open()
    const client = await pool.connect()
    const handle = connectionHandleOf(client)
    using backend = suspendProcess(handle?.processId ?? 0)
    const sleeping = client.query('select pg_sleep(60)')
    const cancelled = expect(sleeping).rejects.toMatchObject({ code: '57014' })
    await handle?.cancelRunning()
    backend.resume() // the signal comes first, then the statement is read
    await cancelled
    client.release()
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(pool.snapshot().totals.opened).toBe(1)
  })
})
