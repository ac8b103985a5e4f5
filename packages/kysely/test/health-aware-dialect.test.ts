import { HealthAwarePool } from '@hale/pg'
import { PostgresAdapter, PostgresDriver, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { HealthAwareDialect, type HealthAwareDialectOptions } from '../src/index.ts'

const refuse = (options: unknown): (() => HealthAwareDialect) => {
  return () => new HealthAwareDialect(options as HealthAwareDialectOptions)
}

describe('HealthAwareDialect', () => {
  it('uses the pool that it is given', () => {
    const pool = new HealthAwarePool()
    const dialect = new HealthAwareDialect({ pool })
    expect(dialect.pool).toBe(pool)
    expect(dialect.monitor).toBe(pool.monitor)
  })

  it('makes a pool from options', () => {
    const { pool } = new HealthAwareDialect({ pool: { max: 7 } })
    expect(pool).toBeInstanceOf(HealthAwarePool)
    expect(pool.options.max).toBe(7)
  })

  it("is composed of the application's own Kysely", () => {
    const dialect = new HealthAwareDialect({ pool: {} })
    expect(dialect.createDriver()).toBeInstanceOf(PostgresDriver)
    expect(dialect.createAdapter()).toBeInstanceOf(PostgresAdapter)
    expect(dialect.createQueryCompiler()).toBeInstanceOf(PostgresQueryCompiler)
  })

  it.each([
    ['a pg.Pool', new pg.Pool(), 'an object'],
    ['a factory', async () => new HealthAwarePool(), 'a function'],
    ['an array', [], 'an array'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('refuses %s as its pool', (_, pool, shown) => {
    const expected = `pool: expected a HealthAwarePool, or a plain object of its options, got ${shown}`
    expect(refuse({ pool })).toThrow(
      expect.objectContaining({ code: 'HALE_OPTIONS', message: `invalid options: ${expected}` }),
    )
  })

  it('names every problem with its own options at once', () => {
    const options = { pool: {}, cursor: 1, onCreateConection: () => {} }
    expect(refuse(options)).toThrow(
      /cursor: expected a function, got 1; onCreateConection: .* perhaps onCreateConnection/,
    )
    expect(refuse(undefined)).toThrow(expect.objectContaining({ code: 'HALE_OPTIONS' }))
  })

  it('passes on what the pool says of its options', () => {
    expect(refuse({ pool: { max: 0 } })).toThrow(
      /max: expected a whole number of at least 1, got 0/,
    )
  })
})
