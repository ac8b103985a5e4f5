import {
  CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import { describe, expect, it } from 'vitest'
import { kyselyOperations } from '../src/operation-reader.ts'

const db = new Kysely<{ account: { id: number } }>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (own) => new PostgresIntrospector(own),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

describe('kyselyOperations', () => {
  it.each([
    ['select', db.selectFrom('account').selectAll()],
    ['insert', db.insertInto('account').values({ id: 1 })],
    ['update', db.updateTable('account').set({ id: 1 })],
    ['delete', db.deleteFrom('account')],
    ['create table', db.schema.createTable('account').addColumn('id', 'integer')],
    ['drop index', db.schema.dropIndex('it')],
    [
      'merge',
      db
        .mergeInto('account')
        .using('account as a', 'a.id', 'account.id')
        .whenMatched()
        .thenDelete(),
    ],
    ['raw', sql`select 1`.compile(db)],
    ['begin', CompiledQuery.raw('begin')],
    ['commit', CompiledQuery.raw('commit')],
    ['rollback', CompiledQuery.raw('rollback')],
    ['raw', CompiledQuery.raw('savepoint x')],
  ])('tells %s', (kind, query) => {
    const compiled = 'compile' in query ? query.compile() : query
    expect(kyselyOperations.kindOf(compiled)).toBe(kind)
    expect(kyselyOperations.queryIdOf(compiled)).toBe(compiled.queryId.queryId)
  })

  it('makes do with a query that was made by hand', () => {
    expect(kyselyOperations.kindOf({ sql: 'select 1', parameters: [] })).toBe('raw')
    expect(kyselyOperations.queryIdOf({})).toBe('unknown')
  })
})
