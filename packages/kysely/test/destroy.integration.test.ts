import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { waitFor } from '@hale/testkit'
import { Kysely, sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { HealthAwareDialect } from '../src/index.ts'
import { createKyselyWorld, type Database, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

/** Lets that many microtasks pass. */
async function pass(microtasks: number): Promise<void> {
  for (let passed = 0; passed < microtasks; passed += 1) await undefined
}

const destroyedMeanwhile = 'driver has already been destroyed'

describe('db.destroy()', () => {
  it.each([
    ['options', undefined],
    ['a function', 'sync'],
    ['an async function', 'async'],
  ])('before the first use makes no pool of %s', async (_, kind) => {
    let calls = 0
    const make = (): HealthAwarePoolOptions => {
      calls += 1
      return world.poolOptions
    }
    const makeLater = async (): Promise<HealthAwarePoolOptions> => make()
    const pool = kind === 'sync' ? make : kind === 'async' ? makeLater : world.poolOptions
    const opened = new Set<unknown>()
    const connect = { onConnect: (client: unknown) => void opened.add(client), min: 1 }
    const dialect = new HealthAwareDialect({
      pool: typeof pool === 'function' ? pool : { ...pool, ...connect },
    })
    await new Kysely<Database>({ dialect }).destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(calls).toBe(0)
    expect(opened.size).toBe(0)
  })

  it('ends the pool that an async function has resolved with', async () => {
    const pool = new HealthAwarePool(world.poolOptions)
    const dialect = new HealthAwareDialect({ pool: async () => pool })
    const db = new Kysely<Database>({ dialect })
    await pidOf(db)
    expect(dialect.pool).toBe(pool)
    await db.destroy()
    expect(pool.ended).toBe(true)
  })

  it('while the pool is being made waits for it and ends it', async () => {
    const pool = new HealthAwarePool(world.poolOptions)
    let resolve: (pool: HealthAwarePool) => void = () => {}
    const dialect = new HealthAwareDialect({
      pool: () => new Promise((resolvePool) => (resolve = resolvePool)),
    })
    const db = new Kysely<Database>({ dialect })
    const query = pidOf(db).catch((error: unknown) => error)
    await pass(5)
    const destroyed = db.destroy()
    resolve(pool)
    await destroyed
    expect(pool.ended).toBe(true)
    await query // it had its turn or not; what counts is that it ends
  })

  it('lets what runs come to its end first', async () => {
    const { db, pool } = world.open()
    const running = sql<{ one: number }>`select 1 as one, pg_sleep(0.1)`.execute(db)
    await waitFor(() =>
      pool.snapshot().connections.some(({ operation }) => operation !== undefined),
    )
    await db.destroy()
    expect((await running).rows).toMatchObject([{ one: 1 }])
    expect(pool.ended).toBe(true)
  })

  it.each([
    ['that opens its connection', false],
    ['whose connection is idle', true],
  ])('at any step of a query %s: both end', async (_, isWarm) => {
    const refusals: unknown[] = []
    for (let microtasks = 0; microtasks < 24; microtasks += 1) {
      const { db, pool } = world.open({ max: 1 })
      if (isWarm) await pidOf(db)
      const query = pidOf(db).catch((error: unknown) => refusals.push(error))
      await pass(microtasks)
      await db.destroy()
      await query
      await waitFor(() => pool.ended || pool.totalCount === 0, { describe: 'the end of the pool' })
    }
    for (const error of refusals) expect(error).toMatchObject({ message: destroyedMeanwhile })
  })

  it('while queries wait for a slot: they are told in the words of Kysely', async () => {
    const { db, pool } = world.open({ max: 1 })
    let letGo: () => void = () => {}
    const holding = db.connection().execute(() => new Promise<void>((resolve) => (letGo = resolve)))
    const waiting = Promise.allSettled([pidOf(db), pidOf(db)])
    await waitFor(() => pool.waitingCount === 2)
    const destroyed = db.destroy()
    for (const each of await waiting) {
      expect(each).toMatchObject({ reason: { message: destroyedMeanwhile } })
    }
    letGo()
    await holding
    await destroyed
    expect(pool.ended).toBe(true)
  })

  it('right when a new connection has arrived: it is given back, and the pool ends', async () => {
    const { dialect, pool } = world.open({ max: 1 })
    const driver = dialect.createDriver()
    await driver.init()
    const connect = pool.connect.bind(pool) as () => Promise<unknown>
    let destroyed: Promise<void> | undefined
    const connectAndDestroy = (): Promise<unknown> => {
      const lending = connect()
      void lending.then(() => {
        destroyed = driver.destroy() // before the driver hears of its client
      })
      return lending
    }
    Object.assign(pool, { connect: connectAndDestroy })
    await expect(driver.acquireConnection()).rejects.toThrow(destroyedMeanwhile)
    await destroyed
    expect(pool.ended).toBe(true)
  })

  it('twice, at once and later, ends the pool once', async () => {
    const { db, pool } = world.open()
    await pidOf(db)
    await Promise.all([db.destroy(), db.destroy()])
    await db.destroy()
    expect(pool.ended).toBe(true)
    await expect(pidOf(db)).rejects.toThrow(destroyedMeanwhile)
  })

  it('after the application has ended the pool resolves', async () => {
    const { db, pool } = world.open()
    await pidOf(db)
    await pool.end()
    await expect(pidOf(db)).rejects.toMatchObject({ code: 'HALE_POOL_CLOSED' })
    await db.destroy()
  })

  it('of one of two that share a pool ends it for both, and the second resolves too', async () => {
    const { db, pool } = world.open()
    const other = new Kysely<Database>({ dialect: new HealthAwareDialect({ pool }) })
    expect(await pidOf(db)).toBe(await pidOf(other))
    await db.destroy()
    await other.destroy()
    expect(pool.ended).toBe(true)
  })
})
