import { leaseEverySlot } from '@hale/testkit'
import { sql } from 'kysely'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKyselyWorld, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

describe('queries', () => {
  it('inserts, returns and selects', async () => {
    const { db } = world.open()
    const ann = { owner: 'ann', balance: 10 }
    const inserted = await db.insertInto('account').values(ann).returningAll().execute()
    expect(inserted).toEqual([{ id: 1, ...ann }])
    const updated = await db.updateTable('account').set({ balance: 11 }).executeTakeFirst()
    expect(updated.numUpdatedRows).toBe(1n)
    expect(await db.selectFrom('account').select('balance').execute()).toEqual([{ balance: 11 }])
  })

  it('streams with a cursor, and gives the connection back when the reader stops early', async () => {
    const { db, pool } = world.open({ max: 1 }, { cursor: Cursor })
    await sql`insert into account (owner, balance) select 'o' || n, n from generate_series(1, 25) n`.execute(
      db,
    )
    const balances: number[] = []
    const query = db.selectFrom('account').select('balance').orderBy('balance')
    for await (const { balance } of query.stream(4)) balances.push(balance)
    expect(balances).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
    for await (const { balance } of query.stream(4)) if (balance === 6) break
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(pool.snapshot().totals.opened).toBe(1)
  })

  it('keeps its connection through 50 unique violations', async () => {
    const { db, pool } = world.open({ max: 1 })
    const insert = db.insertInto('account').values({ owner: 'ann', balance: 0 })
    await insert.execute()
    const pid = await pidOf(db)
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await expect(insert.execute()).rejects.toMatchObject({ code: '23505' })
    }
    expect(await pidOf(db)).toBe(pid)
    expect(pool.snapshot().totals.opened).toBe(1)
  })

  it('introspects the database', async () => {
    const { db } = world.open()
    const tables = await db.introspection.getTables()
    expect(tables.filter(({ schema }) => schema?.startsWith('hale_kysely'))).toHaveLength(1)
  })

  it('ends the pool with db.destroy() once it was used, and not before', async () => {
    const { db, pool } = world.open()
    await db.destroy()
    expect(pool.ended).toBe(false)
    await pidOf(db)
    await db.destroy()
    expect(pool.ended).toBe(true)
  })
})

describe('transactions', () => {
  it('commits what resolves and rolls back what throws, with the error thrown', async () => {
    const { db, dialect, pool } = world.open({ max: 1 })
    const raised: string[] = []
    dialect.monitor.on('issue:raised', ({ issue }) => raised.push(issue.type))
    const changedItsMind = new Error('changed its mind')
    const returned = await db.transaction().execute(async (trx) => {
      await trx.insertInto('account').values({ owner: 'kept', balance: 1 }).execute()
      return 'committed'
    })
    expect(returned).toBe('committed')
    const rolledBack = db.transaction().execute(async (trx) => {
      await trx.insertInto('account').values({ owner: 'gone', balance: 1 }).execute()
      throw changedItsMind
    })
    await expect(rolledBack).rejects.toBe(changedItsMind)
    const owners = await db.selectFrom('account').select('owner').execute()
    expect(owners).toEqual([{ owner: 'kept' }])
    expect(raised).toEqual([]) // no transaction was left for the pool to roll back
    expect(pool.snapshot().totals.opened).toBe(1)
  })

  it('keeps the connection of a transaction that a statement failed', async () => {
    const { db, pool } = world.open({ max: 1 })
    const pid = await pidOf(db)
    const failing = db.transaction().execute((trx) => sql`select 1 / 0`.execute(trx))
    await expect(failing).rejects.toMatchObject({ code: '22012' })
    expect(await pidOf(db)).toBe(pid)
    expect(pool.snapshot().issues).toEqual([])
  })

  it('rolls back to a savepoint of a controlled transaction', async () => {
    const { db } = world.open()
    const trx = await db.startTransaction().execute()
    await trx.insertInto('account').values({ owner: 'before', balance: 1 }).execute()
    const saved = await trx.savepoint('here').execute()
    await saved.insertInto('account').values({ owner: 'after', balance: 1 }).execute()
    await saved.rollbackToSavepoint('here').execute()
    await trx.commit().execute()
    expect(await db.selectFrom('account').select('owner').execute()).toEqual([{ owner: 'before' }])
  })

  it('uses the isolation level and access mode that were asked for', async () => {
    const { db } = world.open()
    const shown = await db
      .transaction()
      .setIsolationLevel('serializable')
      .setAccessMode('read only')
      .execute((trx) =>
        sql`select current_setting('transaction_isolation') as level,
          current_setting('transaction_read_only') as read_only`.execute(trx),
      )
    expect(shown.rows).toEqual([{ level: 'serializable', read_only: 'on' }])
  })

  it('keeps 30 concurrent transactions on 3 connections apart', async () => {
    const { db, pool } = world.open({ max: 3 })
    const transact = (number: number): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const row = (half: string) => ({ owner: `${number}${half}`, balance: number })
        await trx.insertInto('account').values(row('a')).execute()
        await trx.insertInto('account').values(row('b')).execute()
        if (number % 3 === 0) throw new Error('every third')
      })
    const numbers = Array.from({ length: 30 }, (_, index) => index)
    const outcomes = await Promise.allSettled(numbers.map(transact))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    const rows = await db.selectFrom('account').select('owner').execute()
    const expected = numbers.filter((number) => number % 3 !== 0).flatMap((n) => [`${n}a`, `${n}b`])
    expect(rows.map(({ owner }) => owner).sort()).toEqual(expected.sort())
    expect(await leaseEverySlot(pool)).toBe(3)
  })
})
