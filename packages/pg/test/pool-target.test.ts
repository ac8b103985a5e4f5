import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HealthAwarePool } from '../src/health-aware-pool.ts'

/** Where pg itself would go. */
function dialled(options: pg.PoolConfig): object {
  const { host, port, database } = new pg.Client(options)
  return { host, port, database }
}

describe('target', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it.each<pg.PoolConfig>([
    {},
    { host: 'db', port: 6432, database: 'shop' },
    { user: 'ann' },
    { connectionString: 'postgres://ann:hush@db:6432/shop' },
    { connectionString: 'postgres://db/shop', host: 'other', database: 'other' },
    { connectionString: 'postgres://ann@db' },
    { host: '/run/postgresql' },
  ])('is where pg would go, %#', (options) => {
    expect(new HealthAwarePool(options).target).toEqual(dialled(options))
  })
  it('reads the environment as pg does', () => {
    vi.stubEnv('PGHOST', 'db.internal')
    vi.stubEnv('PGPORT', '6543')
    vi.stubEnv('PGDATABASE', 'shop')
    expect(new HealthAwarePool().target).toEqual(dialled({}))
  })
  it('is the first of several hosts before any was reached', () => {
    const pool = new HealthAwarePool({
      connectionString: 'postgres://ann@db/shop',
      hosts: [{ host: 'first', port: 6001 }, { host: 'second' }],
    })
    expect(pool.target).toEqual({ host: 'first', port: 6001, database: 'shop' })
  })
  it('names nobody and no secret', () => {
    const pool = new HealthAwarePool({ connectionString: 'postgres://ann:hush@db/shop' })
    expect(JSON.stringify(pool.target)).not.toMatch(/ann|hush/)
  })
})
