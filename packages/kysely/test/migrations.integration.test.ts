import { leaseEverySlot } from '@hale/testkit'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createKyselyWorld, type Database, type KyselyWorld } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(async () => {
  await world.reset()
  await world.query('drop table if exists kysely_migration, kysely_migration_lock, first, second')
})
afterAll(() => world.close())

let applied: string[] = []
const createTable = (name: string): Migration => ({
  async up(db) {
    applied.push(name)
    await db.schema.createTable(name).addColumn('id', 'integer').execute()
  },
  async down(db) {
    await db.schema.dropTable(name).execute()
  },
})

function migratorOf(db: Kysely<Database>, more: Record<string, Migration> = {}): Migrator {
  applied = []
  const migrations = { '1_first': createTable('first'), ...more }
  const provider = { getMigrations: async () => migrations }
  return new Migrator({ db, provider })
}

it('migrates up and down', async () => {
  const { db, pool } = world.open({ max: 2 })
  const migrator = migratorOf(db, { '2_second': createTable('second') })
  const up = await migrator.migrateToLatest()
  expect(up.error).toBeUndefined()
  expect(up.results?.map(({ status }) => status)).toEqual(['Success', 'Success'])
  const down = await migrator.migrateDown()
  expect(down.results).toMatchObject([{ migrationName: '2_second', direction: 'Down' }])
  const tables = await db.introspection.getTables()
  const names = tables.map(({ name }) => name)
  expect(names).toContain('first')
  expect(names).not.toContain('second')
  expect(await leaseEverySlot(pool)).toBe(2)
})

it('rolls back what a failing migration has done, and lets go of the lock', async () => {
  const { db, pool } = world.open({ max: 1 })
  const failing: Migration = {
    up: (own) => sql`select 1 / 0`.execute(own).then(() => {}),
  }
  const { error } = await migratorOf(db, { '2_failing': failing }).migrateToLatest()
  expect(error).toMatchObject({ code: '22012' })
  const locks = await world.query(`select from pg_locks where locktype = 'advisory'`)
  expect(locks).toEqual([])
  const again = await migratorOf(db).migrateToLatest()
  expect(again.error).toBeUndefined()
  expect(await leaseEverySlot(pool)).toBe(1)
})

it('applies each migration once, however many migrate at the same time', async () => {
  const benches = [world.open({ max: 2 }), world.open({ max: 2 }), world.open({ max: 2 })]
  const migrators = benches.map(({ db }) => migratorOf(db, { '2_second': createTable('second') }))
  const outcomes = await Promise.all(migrators.map((migrator) => migrator.migrateToLatest()))
  expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
  expect(applied).toEqual(['first', 'second'])
  for (const { pool } of benches) expect(await leaseEverySlot(pool)).toBe(2)
})
