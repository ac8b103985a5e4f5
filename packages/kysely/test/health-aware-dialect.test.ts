import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { PostgresAdapter, PostgresDriver, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import {
  HealthAwareDialect,
  type HealthAwareDialectOptions,
  PoolPendingError,
} from '../src/index.ts'

const refuse = (options: unknown): (() => HealthAwareDialect) => {
  return () => new HealthAwareDialect(options as HealthAwareDialectOptions)
}

const expectedPool =
  'expected a HealthAwarePool, a plain object of its options, or a function that returns either'

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
    ['an array', [], 'an array'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('refuses %s as its pool', (_, pool, shown) => {
    const expected = `pool: ${expectedPool}, got ${shown}`
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

describe('dialect.pool', () => {
  it('is one and the same', () => {
    const dialect = new HealthAwareDialect({ pool: {} })
    expect(dialect.pool).toBe(dialect.pool)
    expect(dialect.monitor).toBe(dialect.pool.monitor)
  })

  it('comes from a function, which is called when it is needed first, and once', () => {
    let calls = 0
    const pool = (): HealthAwarePool => {
      calls += 1
      return new HealthAwarePool({ max: 3 })
    }
    const dialect = new HealthAwareDialect({ pool })
    expect(calls).toBe(0)
    expect(dialect.pool.options.max).toBe(3)
    expect(dialect.pool).toBeInstanceOf(HealthAwarePool)
    expect(calls).toBe(1)
  })

  it('is made of the options that a function returns', () => {
    const dialect = new HealthAwareDialect({ pool: () => ({ max: 3 }) })
    expect(dialect.pool.options.max).toBe(3)
  })

  it('says what to do as long as an async function has not resolved', async () => {
    const dialect = new HealthAwareDialect({ pool: async () => ({ max: 3 }) })
    expect(() => dialect.pool).toThrow(PoolPendingError)
    expect(() => dialect.monitor).toThrow(
      expect.objectContaining({
        code: 'HALE_UNSUPPORTED',
        message: expect.stringMatching(/run a query first, or await/),
      }),
    )
    await new Promise(setImmediate)
    expect(dialect.pool.options.max).toBe(3)
  })

  it.each([
    ['nothing', undefined],
    ['a pg.Pool', new pg.Pool()],
    ['a function', () => ({})],
  ])('refuses %s from a function', (_, returned) => {
    const dialect = refuse({ pool: () => returned })()
    expect(() => dialect.pool).toThrow(expect.objectContaining({ code: 'HALE_OPTIONS' }))
  })

  it('calls a function again that failed', async () => {
    let attempts = 0
    const pool = async (): Promise<HealthAwarePoolOptions> => {
      attempts += 1
      if (attempts === 1) throw new Error('not yet')
      return { max: 3 }
    }
    const dialect = new HealthAwareDialect({ pool })
    await expect(dialect.createDriver().init()).rejects.toThrow('not yet')
    await dialect.createDriver().init()
    expect(dialect.pool.options.max).toBe(3)
    expect(attempts).toBe(2)
  })
})
