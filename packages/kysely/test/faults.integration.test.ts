import { leaseEverySlot, untilLost } from '@hale/testkit'
import { CompiledQuery, type DatabaseConnection, sql } from 'kysely'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKyselyWorld, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

async function killBackendOf(connection: DatabaseConnection): Promise<void> {
  const query = CompiledQuery.raw('select pg_backend_pid() as pid')
  const { rows } = await connection.executeQuery<{ pid: number }>(query)
  await world.terminate(rows[0]?.pid ?? -1)
}

describe('a backend that dies', () => {
  it('under a stream: its reader is told, and the slot comes back', async () => {
    const { db, pool } = world.open({ max: 1 }, { cursor: Cursor })
    await sql`insert into account (owner, balance) select 'o' || n, n from generate_series(1, 25) n`.execute(
      db,
    )
    const stream = db.selectFrom('account').select('balance').stream(4)[Symbol.asyncIterator]()
    await stream.next()
    const processId = pool.snapshot().connections[0]?.processId ?? -1
    await world.terminate(processId)
    const rest = (async () => {
      while (!(await stream.next()).done);
    })()
    await expect(rest).rejects.toThrow(/terminat|not queryable|EPIPE|ECONNRESET/i) // as the socket has it
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await pidOf(db)).not.toBe(processId)
  })

  it('before BEGIN: the transaction rejects, and no slot is lost', async () => {
    let armed = true
    const onReserveConnection = async (connection: DatabaseConnection): Promise<void> => {
      if (armed) await killBackendOf(connection)
    }
    const { db, pool } = world.open({ max: 2 }, { onReserveConnection })
    let entered = 0
    const attempt = (): Promise<void> =>
      db.transaction().execute(async () => {
        entered += 1
      })
    for (const transaction of [attempt, attempt, attempt]) {
      await expect(transaction()).rejects.toThrow(/terminat|not queryable/i)
    }
    expect(entered).toBe(0)
    armed = false
    expect(await leaseEverySlot(pool)).toBe(2)
    await attempt()
    expect(entered).toBe(1)
  })

  it('while its transaction idles: the transaction rejects with the loss, and nothing else', async () => {
    const { db, pool } = world.open({ max: 2 })
    const transaction = db.transaction().execute(async (trx) => {
      const pid = await pidOf(trx)
      await world.terminate(pid)
      await untilLost(pool, pid)
      await trx.insertInto('account').values({ owner: 'ann', balance: 1 }).execute()
    })
    await expect(transaction).rejects.toThrow(/terminat|not queryable/i)
    expect(await leaseEverySlot(pool)).toBe(2)
    expect(await db.selectFrom('account').selectAll().execute()).toEqual([])
  })

  it('does not hide the error that the transaction failed with', async () => {
    const { db, pool } = world.open({ max: 1 })
    const changedItsMind = new Error('changed its mind')
    for (const noticed of [true, false]) {
      const transaction = db.transaction().execute(async (trx) => {
        const pid = await pidOf(trx)
        await world.terminate(pid)
        if (noticed) await untilLost(pool, pid)
        throw changedItsMind
      })
      await expect(transaction).rejects.toBe(changedItsMind)
      expect(await leaseEverySlot(pool)).toBe(1)
    }
  })

  it('does not keep a controlled transaction from being rolled back', async () => {
    const { db, pool } = world.open({ max: 1 })
    const trx = await db.startTransaction().execute()
    const pid = await pidOf(trx)
    await world.terminate(pid)
    await untilLost(pool, pid)
    await trx.rollback().execute()
    expect(trx.isRolledBack).toBe(true)
    expect(await leaseEverySlot(pool)).toBe(1)
  })
})

describe('hooks', () => {
  it.each(['onCreateConnection', 'onReserveConnection'])(
    '%s may throw at no cost of a slot',
    async (name) => {
      const refused = new Error('refused')
      let armed = true
      const hook = async (): Promise<void> => {
        if (armed) throw refused
      }
      const { db, pool } = world.open({ max: 2 }, { [name]: hook })
      for (let attempt = 0; attempt < 3; attempt += 1) await expect(pidOf(db)).rejects.toBe(refused)
      armed = false
      expect(await leaseEverySlot(pool)).toBe(2)
      expect(await pidOf(db)).toBeGreaterThan(0)
    },
  )

  it('run once per connection, and once per acquisition', async () => {
    const calls: string[] = []
    const { db } = world.open(
      { max: 1 },
      {
        onCreateConnection: async (connection) => {
          await connection.executeQuery(CompiledQuery.raw("set application_name = 'hooked'"))
          calls.push('create')
        },
        onReserveConnection: async () => {
          calls.push('reserve')
        },
      },
    )
    await pidOf(db)
    await pidOf(db)
    expect(calls).toEqual(['create', 'reserve', 'reserve'])
  })

  it('sets a connection up again whose onCreateConnection failed', async () => {
    let attempts = 0
    const onCreateConnection = async (): Promise<void> => {
      attempts += 1
      if (attempts === 1) throw new Error('not yet')
    }
    const { db, pool } = world.open({ max: 1 }, { onCreateConnection })
    await expect(pidOf(db)).rejects.toThrow('not yet')
    await pidOf(db)
    expect(attempts).toBe(2)
    expect(pool.snapshot().totals.opened).toBe(1)
  })
})
