import { HealthAwarePool } from '@hale/pg'
import { endPools } from '@hale/testkit'
import { Kysely } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { HealthAwareDialect, type HealthAwareDialectOptions } from '../src/index.ts'
import { createKyselyWorld, type Database, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
let made: HealthAwarePool[]
let dialect: HealthAwareDialect
let opened: Kysely<Database>[]
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  for (const db of opened) await db.destroy()
  await endPools(made)
})

function share(pool: HealthAwareDialectOptions['pool']): void {
  made = []
  opened = []
  dialect = new HealthAwareDialect({ pool })
}

function makePool(): HealthAwarePool {
  const pool = new HealthAwarePool(world.poolOptions)
  made.push(pool)
  return pool
}

function open(): Kysely<Database> {
  const db = new Kysely<Database>({ dialect })
  opened.push(db)
  return db
}

it.each([
  ['a function', async () => makePool()],
  ['a function that returns options', () => world.poolOptions],
])('makes a pool for each Kysely on one dialect, of %s', async (_, pool) => {
  share(pool)
  const [first, second] = [open(), open()]
  await Promise.all([pidOf(first), pidOf(second)])
  await first.destroy()
  expect(await pidOf(second)).toBeGreaterThan(0)
  await second.destroy()
  expect(await pidOf(open())).toBeGreaterThan(0)
})

it('makes a pool for each Kysely on one dialect, of options', async () => {
  share(world.poolOptions)
  const [first, second] = [open(), open()]
  await Promise.all([pidOf(first), pidOf(second)])
  await second.destroy()
  expect(await pidOf(first)).toBeGreaterThan(0)
})

it('calls a function once for each Kysely', async () => {
  share(async () => makePool())
  const [first, second] = [open(), open()]
  await Promise.all([pidOf(first), pidOf(first), pidOf(second)])
  expect(made).toHaveLength(2)
})

it('shows the pool of the first Kysely, and after its end that of the next one', async () => {
  share(async () => makePool())
  const [first, second] = [open(), open()]
  await pidOf(first)
  await pidOf(second)
  expect(dialect.pool).toBe(made[0])
  await first.destroy()
  expect(dialect.pool).toBe(made[0])
  await pidOf(open())
  expect(dialect.pool).toBe(made[2])
})

it('gives the first Kysely the pool that was read before', async () => {
  share(makePool)
  const shown = dialect.pool
  await pidOf(open())
  await pidOf(open())
  expect(dialect.pool).toBe(shown)
  expect(shown.totalCount).toBe(1)
  expect(made).toHaveLength(2)
})

it('shares a pool that is given as such, until one Kysely is destroyed', async () => {
  const pool = new HealthAwarePool(world.poolOptions)
  share(pool)
  made.push(pool)
  const [first, second] = [open(), open()]
  expect(await pidOf(first)).toBe(await pidOf(second))
  await first.destroy()
  await expect(pidOf(second)).rejects.toThrow('Cannot use a pool after calling end on the pool')
})
