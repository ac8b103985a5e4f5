import {
  CamelCasePlugin,
  CompiledQuery,
  DeduplicateJoinsPlugin,
  type Kysely,
  type LogEvent,
  ParseJSONResultsPlugin,
  sql,
  type Transaction,
} from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKyselyWorld, type Database, type KyselyWorld } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

type Use = (db: Kysely<Database>) => Promise<unknown>

const ann = { owner: 'ann', balance: 10 }
const bob = { owner: 'bob', balance: 20 }

/** What each way to run a statement is compared by; every one starts with the same two rows. */
const uses: Readonly<Record<string, Use>> = {
  'select … execute': (db) => db.selectFrom('account').selectAll().orderBy('id').execute(),
  'select … executeTakeFirst': (db) =>
    db.selectFrom('account').select('owner').where('owner', '=', 'eve').executeTakeFirst(),
  insert: (db) => db.insertInto('account').values({ owner: 'eve', balance: 1 }).execute(),
  'insert … returning': (db) =>
    db.insertInto('account').values({ owner: 'eve', balance: 1 }).returningAll().execute(),
  'insert … on conflict do nothing': (db) =>
    db
      .insertInto('account')
      .values(ann)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst(),
  update: (db) => db.updateTable('account').set({ balance: 0 }).execute(),
  'update … returning': (db) =>
    db.updateTable('account').set({ balance: 0 }).returning(['owner', 'balance']).execute(),
  delete: (db) => db.deleteFrom('account').where('owner', '=', 'ann').executeTakeFirst(),
  'delete … returning': (db) => db.deleteFrom('account').returning('owner').execute(),
  merge: (db) =>
    db
      .mergeInto('account as target')
      .using('account as source', 'source.owner', 'target.owner')
      .whenMatched()
      .thenUpdateSet({ balance: 7 })
      .executeTakeFirstOrThrow(),
  'merge … returning': (db) =>
    sql`merge into account using (values ('ann', 5), ('eve', 6)) as source (owner, balance)
      on source.owner = account.owner
      when matched then update set balance = source.balance
      when not matched then insert (owner, balance) values (source.owner, source.balance)
      returning merge_action(), account.owner, account.balance`.execute(db),
  'with … insert': (db) =>
    db
      .with('added', (cte) =>
        cte.insertInto('account').values({ owner: 'eve', balance: 1 }).returning('owner'),
      )
      .selectFrom('added')
      .selectAll()
      .execute(),
  'sql of several types': (db) =>
    sql`select 1 as int, 2::bigint as big, 'x' as text, null as none, true as yes,
      array[1, 2] as list, '{"a": 1}'::jsonb as json, date '2026-01-02' as day`.execute(db),
  'sql without rows': (db) => sql`create temporary table kept (a int)`.execute(db),
  'executeQuery of a compiled query': (db) =>
    db.executeQuery(CompiledQuery.raw('select $1::int as a, $2::text as b', [1, 'two'])),
  explain: async (db) =>
    Object.keys((await db.selectFrom('account').selectAll().explain())[0] ?? {}),
  'a transaction': (db) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => trx.updateTable('account').set({ balance: 3 }).executeTakeFirst()),
  'a controlled transaction': async (db) => {
    const trx = await db.startTransaction().execute()
    const inserted = await trx.insertInto('account').values({ owner: 'eve', balance: 1 }).execute()
    const saved = await trx.savepoint('here').execute()
    await (await saved.rollbackToSavepoint('here').execute()).releaseSavepoint('here').execute()
    await trx.commit().execute()
    return [inserted, trx.isCommitted, trx.isRolledBack, await settled(trx.commit().execute())]
  },
  stream: async (db) => {
    const rows: unknown[] = []
    for await (const row of db.selectFrom('account').selectAll().orderBy('id').stream(1)) {
      rows.push(row)
    }
    return rows
  },
  introspection: async (db) => [
    await db.introspection.getSchemas().then((schemas) => schemas.length > 0),
    (await db.introspection.getTables()).filter(({ name }) => name === 'account'),
  ],
  'a unique violation': (db) => db.insertInto('account').values(ann).execute(),
  'a syntax error': (db) => sql`selekt`.execute(db),
  'an unknown table': (db) => sql`select * from nowhere`.execute(db),
  'a violation in a stream': async (db) => {
    for await (const _ of db.selectFrom('account').select(sql`1 / (id - 1)`.as('n')).stream(10));
  },
  'a row that is missing': (db) =>
    db.selectFrom('account').where('id', '=', -1).selectAll().executeTakeFirstOrThrow(),
  'a chunk size that makes no sense': async (db) => {
    for await (const _ of db.selectFrom('account').selectAll().stream(0));
  },
  'a transaction that is over': async (db) => {
    const trx = await db.transaction().execute(async (own): Promise<Transaction<Database>> => own)
    return trx.selectFrom('account').selectAll().execute()
  },
}

/** What became of it, in a form that is equal for equal outcomes. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  try {
    const value = await promise
    return { value, class: (value as object | undefined)?.constructor.name }
  } catch (error) {
    const { name, message } = error as Error
    const isPostgres = error instanceof pg.DatabaseError
    const told = isPostgres && { code: error.code, constraint: error.constraint }
    return { name, message, told, class: (error as Error).constructor.name }
  }
}

const start = async (): Promise<void> => {
  await world.query(`truncate account restart identity;
    insert into account (owner, balance) values ('ann', 10), ('bob', 20)`)
}

describe("what Kysely's own dialect does, this does:", () => {
  it.each(Object.entries(uses))('%s', async (_, use) => {
    await start()
    const expected = await settled(use(world.openVanilla()))
    const rows = await world.query('select * from account order by id')
    await start()
    const found = await settled(use(world.open({}, { cursor: Cursor }).db))
    expect(found).toStrictEqual(expected)
    expect(await world.query('select * from account order by id')).toEqual(rows)
  })

  it('streaming without a cursor is refused in the same words', async () => {
    const { db } = world.open()
    const stream = db.selectFrom('account').selectAll().stream()
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/cursor.* is not present/)
  })

  it.each(['a query', 'a transaction', 'a stream'])(
    'errors of %s lead to the application',
    async (kind) => {
      const { db } = world.open({}, { cursor: Cursor })
      const failAt: Use = async (own) => {
        if (kind === 'a stream')
          for await (const _ of own.selectFrom(sql`nowhere`.as('n')).selectAll().stream());
        else await sql`select * from nowhere`.execute(own)
      }
      const failing = kind === 'a transaction' ? db.transaction().execute(failAt) : failAt(db)
      const error: unknown = await failing.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(pg.DatabaseError)
      if (kind !== 'a stream') expect((error as Error).stack).toContain('parity.integration.test')
    },
  )

  it('logging: the same events, in the same order', async () => {
    const shown: string[][] = []
    for (const dialect of ['vanilla', 'hale']) {
      const events: string[] = []
      const log = (event: LogEvent): void => {
        const { level, query, queryDurationMillis } = event
        const isStream = level === 'query' && event.isStream
        events.push(`${level} ${query.sql} ${queryDurationMillis > 0} ${isStream}`)
      }
      const db =
        dialect === 'hale'
          ? world.open({ max: 1 }, { cursor: Cursor }, { log }).db
          : world.openVanilla({ log })
      for (const use of Object.values(uses)) {
        await start()
        await settled(use(db))
      }
      shown.push(events)
    }
    expect(shown[1]).toEqual(shown[0])
    expect(shown[0]?.length).toBeGreaterThan(30)
  })
})

describe('plugins', () => {
  it('rename, deduplicate and parse as they do elsewhere', async () => {
    await start()
    const plugins = [
      new ParseJSONResultsPlugin(),
      new CamelCasePlugin(),
      new DeduplicateJoinsPlugin(),
    ]
    const use = (db: Kysely<Database>): Promise<unknown> =>
      db
        .selectFrom('account as one')
        .innerJoin('account as two', 'two.id', 'one.id')
        .innerJoin('account as two', 'two.id', 'one.id')
        .select(['one.owner', sql`'{"deep_down": [1]}'`.as('firstName')])
        .orderBy('one.id')
        .execute()
    const expected = await use(world.openVanilla({ plugins }))
    expect(expected).toMatchObject([{ firstName: { deepDown: [1] } }, {}])
    expect(await use(world.open({}, {}, { plugins }).db)).toEqual(expected)
  })

  it('see the same query id before and after', async () => {
    const ids: unknown[] = []
    const { db } = world.open()
    await db
      .withPlugin({
        transformQuery: ({ node, queryId }) => {
          ids.push(queryId)
          return node
        },
        transformResult: async ({ result, queryId }) => {
          ids.push(queryId)
          return result
        },
      })
      .insertInto('account')
      .values(bob)
      .execute()
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })
})
