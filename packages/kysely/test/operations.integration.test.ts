import { waitFor } from '@hale/testkit'
import { type CompiledQuery, type LogEvent, sql } from 'kysely'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKyselyWorld, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

const ann = { owner: 'ann', balance: 1 }

describe('operations', () => {
  it('are counted by what they do', async () => {
    const { db, pool } = world.open({ max: 1 }, { cursor: Cursor })
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('account').values(ann).execute()
      await trx.selectFrom('account').selectAll().execute()
    })
    await expect(db.insertInto('account').values(ann).execute()).rejects.toThrow(/duplicate/)
    const changedItsMind = db.transaction().execute(() => Promise.reject(new Error('no')))
    await expect(changedItsMind).rejects.toThrow('no')
    await db.updateTable('account').set({ balance: 2 }).execute()
    await db.schema.createTable('later').addColumn('id', 'integer').execute()
    await db.schema.dropTable('later').execute()
    await sql`select 1`.execute(db)
    for await (const _ of db.selectFrom('account').selectAll().stream());
    await db.deleteFrom('account').execute()
    const { operations } = pool.snapshot().totals
    const counts = Object.entries(operations).map(
      ([kind, { runsTotal, failuresTotal }]) => [kind, [runsTotal, failuresTotal]] as const,
    )
    expect(Object.fromEntries(counts)).toEqual({
      begin: [2, 0],
      commit: [1, 0],
      'create table': [1, 0],
      delete: [1, 0],
      'drop table': [1, 0],
      insert: [2, 1],
      raw: [1, 0],
      rollback: [1, 0],
      select: [2, 0],
      update: [1, 0],
    })
  })

  it('are named by the id that the log has', async () => {
    const logged: CompiledQuery[] = []
    const log = ({ query }: LogEvent): void => void logged.push(query)
    const { db, pool } = world.open({ max: 1 }, {}, { log })
    const trx = await db.startTransaction().execute()
    await trx.insertInto('account').values(ann).execute()
    const { operation } = pool.snapshot().connections[0] ?? {}
    expect(operation).toEqual({ kind: 'insert', queryId: logged.at(-1)?.queryId.queryId })
    await trx.rollback().execute()
  })

  it('are those of the connection that runs them, however many are opened at once', async () => {
    const { db, pool } = world.open({ max: 8 })
    const connect = pool.connect.bind(pool) as () => Promise<unknown>
    const lent: Promise<unknown>[] = []
    const connectTogether = async (): Promise<unknown> => {
      const lending = connect()
      lent.push(lending)
      await waitFor(() => lent.length === 8)
      await Promise.all(lent) // so that all of them arrive in one turn
      return lending
    }
    Object.assign(pool, { connect: connectTogether })
    const kept = await Promise.all(Array.from({ length: 8 }, () => db.startTransaction().execute()))
    for (const own of kept) {
      const pid = await pidOf(own)
      const query = sql`select 1`.compile(own)
      await own.executeQuery(query)
      const found = pool.snapshot().connections.find(({ processId }) => processId === pid)
      expect(found?.operation?.queryId).toBe(query.queryId.queryId)
    }
    for (const own of kept) await own.rollback().execute()
  })

  it('tell whose transaction is idle', async () => {
    const { db, dialect } = world.open({
      max: 1,
      health: {
        thresholds: { idleInTransactionMs: { warning: 50, critical: false } },
        sweepIntervalMs: 100,
      },
    })
    const named: unknown[] = []
    dialect.monitor.on('issue:raised', ({ issue }) => {
      if (issue.type === 'idle_in_transaction') named.push(issue.operation?.kind)
    })
    const trx = await db.startTransaction().execute()
    await trx.insertInto('account').values(ann).execute()
    await waitFor(() => named.length > 0, { describe: 'the issue' })
    await trx.rollback().execute()
    expect(named).toEqual(['insert'])
  })
})
