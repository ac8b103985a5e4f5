import { CommitUnknownError } from '@hale/pg'
import { createFaultProxy, type FaultProxy, leaseEverySlot } from '@hale/testkit'
import { type ControlledTransaction, type Kysely, sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { tellsAbortedCommits } from './kysely-features.ts'
import { createKyselyWorld, type Database, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

const insert = (db: Kysely<Database>, owner: string): Promise<unknown> =>
  db.insertInto('account').values({ owner, balance: 1 }).execute()

const ownersIn = async (db: Kysely<Database>): Promise<string[]> => {
  const rows = await db.selectFrom('account').select('owner').orderBy('id').execute()
  return rows.map(({ owner }) => owner)
}

/** Swallows the error of a statement, as an application does that does not know better. */
const failStatement = (db: Kysely<Database>): Promise<unknown> =>
  sql`select 1 / 0`.execute(db).catch(() => {})

describe('a COMMIT that is answered by ROLLBACK', () => {
  const expected = tellsAbortedCommits
    ? { name: 'AbortedTransactionError' }
    : { name: 'TransactionAbortedError', code: 'HALE_TRANSACTION_ABORTED' }

  it('rejects the transaction, which has not taken effect', async () => {
    const { db, pool } = world.open({ max: 1 })
    const pid = await pidOf(db)
    // the answer to the failed statement may be complete only after COMMIT was asked for: each time anew
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const transaction = db.transaction().execute(async (trx) => {
        await insert(trx, 'ann')
        await failStatement(trx)
      })
      await expect(transaction).rejects.toMatchObject(expected)
    }
    expect(await ownersIn(db)).toEqual([])
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await pidOf(db)).toBe(pid) // the connection is as sound as before
  })

  it('rejects commit() of a controlled one, which rollback() ends then', async () => {
    const { db, pool } = world.open({ max: 1 })
    const trx = await db.startTransaction().execute()
    await failStatement(trx)
    await expect(trx.commit().execute()).rejects.toMatchObject(expected)
    expect(trx.isCommitted).toBe(false)
    await trx.rollback().execute()
    expect(trx.isRolledBack).toBe(true)
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('is not made of one that succeeds after another was rolled back', async () => {
    const { db } = world.open({ max: 1 })
    await db
      .transaction()
      .execute(() => Promise.reject(new Error('no')))
      .catch(() => {})
    await db.transaction().execute((trx) => insert(trx, 'ann'))
    expect(await ownersIn(db)).toEqual(['ann'])
  })
})

describe('a COMMIT that fails', () => {
  it('by its own doing: the error of PostgreSQL passes through', async () => {
    const { db, pool } = world.open({ max: 1 })
    await sql`alter table account add constraint one_each unique (balance) deferrable initially deferred`.execute(
      db,
    )
    const transaction = db.transaction().execute(async (trx) => {
      await insert(trx, 'ann')
      await insert(trx, 'bob')
    })
    await expect(transaction).rejects.toMatchObject({ code: '23505', constraint: 'one_each' })
    await sql`alter table account drop constraint one_each`.execute(db)
    expect(await ownersIn(db)).toEqual([])
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('in a logger: its error passes through, and the transaction has taken effect', async () => {
    const full = new Error('disk full')
    const log = ({ query }: { query: { sql: string } }): void => {
      if (query.sql === 'commit') throw full
    }
    const { db, pool } = world.open({ max: 1 }, {}, { log })
    await expect(db.transaction().execute((trx) => insert(trx, 'ann'))).rejects.toBe(full)
    expect(await ownersIn(db)).toEqual(['ann'])
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  describe('without an answer', () => {
    let proxy: FaultProxy
    afterEach(() => proxy.close())

    /** A database whose links are lost while `text` is on its way. */
    async function openLosing(text: string, { isDelivered = true } = {}) {
      const { port, host } = new URL(world.poolOptions.connectionString ?? '')
      const upstream = { host: host.split(':')[0] ?? '', port: Number(port) }
      proxy = await createFaultProxy(upstream, {
        onStatement(link, statement) {
          if (statement !== text) return
          if (isDelivered)
            link.dropAfter(1, 'down') // of the answer, so that there was one
          else link.reset()
        },
      })
      const connectionString = proxy.connectionString(world.poolOptions.connectionString ?? '')
      return world.open({ max: 1, connectionString })
    }

    it.each([
      ['it may have taken effect', true],
      ['it may have not', false],
    ])('is told as such: %s', async (_, isDelivered) => {
      const { db, pool } = await openLosing('commit', { isDelivered })
      const transaction = db.transaction().execute((trx) => insert(trx, 'ann'))
      const error = await transaction.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(CommitUnknownError)
      expect(error).toMatchObject({ code: 'HALE_COMMIT_UNKNOWN', cause: expect.any(Error) })
      expect(await leaseEverySlot(pool)).toBe(1)
      expect(await ownersIn(db)).toEqual(isDelivered ? ['ann'] : [])
    })

    it('is told as such by commit() of a controlled one, which rollback() ends then', async () => {
      const { db, pool } = await openLosing('commit')
      const trx = await db.startTransaction().execute()
      await insert(trx, 'ann')
      await expect(trx.commit().execute()).rejects.toMatchObject({ code: 'HALE_COMMIT_UNKNOWN' })
      await trx.rollback().execute()
      expect(await leaseEverySlot(pool)).toBe(1)
    })

    it('is not what a lost BEGIN is', async () => {
      const { db, pool } = await openLosing('begin')
      let entered = false
      const transaction = db.transaction().execute(async () => {
        entered = true
      })
      const error: unknown = await transaction.catch((reason: unknown) => reason)
      expect(error).toMatchObject({ message: expect.stringMatching(/terminat|ECONNRESET/) })
      expect(entered).toBe(false)
      expect(await leaseEverySlot(pool)).toBe(1)
    })

    it('of a ROLLBACK leaves the error that it was sent for, and nothing of the transaction', async () => {
      const { db, pool } = await openLosing('rollback', { isDelivered: false })
      const changedItsMind = new Error('changed its mind')
      const transaction = db.transaction().execute(async (trx) => {
        await insert(trx, 'ann')
        throw changedItsMind
      })
      await expect(transaction).rejects.toBe(changedItsMind)
      expect(await leaseEverySlot(pool)).toBe(1)
      expect(await ownersIn(db)).toEqual([])
    })
  })
})

const timedOut = new Error('Query read timeout')

/** A database whose clients never send what begins with `command`, although their connections are sound. */
function openUnwilling(command: string) {
  const bench = world.open({ max: 1 })
  bench.pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    const patched = (text: string, ...values: unknown[]): unknown =>
      text.startsWith(command) ? Promise.reject(timedOut) : query(text, ...values)
    Object.assign(client, { query: patched })
  })
  return bench
}

describe('a ROLLBACK that fails', () => {
  it('leaves the error that it was sent for, and its connection is closed', async () => {
    const { db, pool } = openUnwilling('rollback')
    const changedItsMind = new Error('changed its mind')
    const pid = await pidOf(db)
    const transaction = db.transaction().execute(async (trx) => {
      await insert(trx, 'ann')
      throw changedItsMind
    })
    await expect(transaction).rejects.toBe(changedItsMind)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await pidOf(db)).not.toBe(pid)
    expect(await ownersIn(db)).toEqual([])
  })

  it('rolls a controlled transaction back nevertheless, as its connection is closed', async () => {
    const { db, pool } = openUnwilling('rollback')
    const trx = await db.startTransaction().execute()
    await insert(trx, 'ann')
    await trx.rollback().execute()
    expect(trx.isRolledBack).toBe(true)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await ownersIn(db)).toEqual([])
  })

  it('to a savepoint is told, because nothing is hidden by it', async () => {
    const { db, pool } = openUnwilling('rollback')
    const trx = await db.startTransaction().execute()
    const saved = await trx.savepoint('here').execute()
    await expect(saved.rollbackToSavepoint('here').execute()).rejects.toBe(timedOut)
    await trx.rollback().execute()
    expect(await leaseEverySlot(pool)).toBe(1)
  })
})

describe('savepoints', () => {
  const begin = async (): Promise<{
    db: Kysely<Database>
    trx: ControlledTransaction<Database, ['here']>
  }> => {
    const { db } = world.open({ max: 2 })
    const trx = await db.startTransaction().execute()
    await insert(trx, 'before')
    return { db, trx: await trx.savepoint('here').execute() }
  }

  it('bring a transaction back from a statement that failed', async () => {
    const { db, trx } = await begin()
    await expect(sql`select 1 / 0`.execute(trx)).rejects.toMatchObject({ code: '22012' })
    await trx.rollbackToSavepoint('here').execute()
    await trx.commit().execute()
    expect(await ownersIn(db)).toEqual(['before'])
  })

  it('are released', async () => {
    const { db, trx } = await begin()
    await insert(trx, 'after')
    const released = await trx.releaseSavepoint('here').execute()
    const gone = sql`rollback to here`.execute(released)
    await expect(gone).rejects.toMatchObject({ code: '3B001' })
    await released.rollback().execute()
    expect(await ownersIn(db)).toEqual([])
  })
})

describe('a BEGIN that fails', () => {
  it('costs no slot, in whichever way the transaction is run', async () => {
    const { db, pool } = openUnwilling('begin')
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(db.transaction().execute(pidOf)).rejects.toBe(timedOut)
      await expect(db.startTransaction().execute()).rejects.toBe(timedOut)
    }
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('on a connection that somebody keeps lends it to nobody else', async () => {
    const { db, pool } = openUnwilling('begin')
    const pid = await pidOf(db)
    await db.connection().execute(async (kept) => {
      await expect(kept.transaction().execute(pidOf)).rejects.toBe(timedOut)
      const waiting = pidOf(db)
      // it is theirs as before, or closed where Kysely would have lost it
      const theirs = await pidOf(kept).catch(() => 'closed')
      if (theirs === 'closed') expect(await waiting).not.toBe(pid)
      else expect(pool.waitingCount).toBe(1)
      waiting.catch(() => {})
    })
    expect(await leaseEverySlot(pool)).toBe(1)
  })
})

describe('connection()', () => {
  it('keeps one connection, also for transactions, and gives it back', async () => {
    const { db, pool } = world.open({ max: 2 })
    await db.connection().execute(async (own) => {
      const pid = await pidOf(own)
      await sql`set application_name = 'kept'`.execute(own)
      const within = await own.transaction().execute((trx) => pidOf(trx))
      expect(within).toBe(pid)
      const trx = await own.startTransaction().execute()
      expect(await pidOf(trx)).toBe(pid)
      await trx.rollback().execute()
      expect(pool.snapshot().counts.leased).toBe(1)
    })
    expect(await leaseEverySlot(pool)).toBe(2)
  })

  it('gives it back when its user fails', async () => {
    const { db, pool } = world.open({ max: 1 })
    const changedItsMind = new Error('changed its mind')
    const use = db.connection().execute(() => Promise.reject(changedItsMind))
    await expect(use).rejects.toBe(changedItsMind)
    expect(await leaseEverySlot(pool)).toBe(1)
  })
})
