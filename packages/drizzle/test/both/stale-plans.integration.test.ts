import { sql } from 'drizzle-orm'
import { bigint, integer, pgTable } from 'drizzle-orm/pg-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDrizzleWorld, type DrizzleWorld, pidOf } from './drizzle-world.ts'

const crates = pgTable('crate', { units: integer('units') })
const bigCrates = pgTable('crate', { units: bigint('units', { mode: 'number' }) })

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
beforeEach(async () => {
  const db = world.open({ max: 1 })
  await db.execute(sql`drop table if exists crate`)
  await db.execute(sql`create table crate as select 7 as units`)
})
afterEach(() => world.reset())
afterAll(() => world?.close())

describe('a statement that drizzle prepared by name', () => {
  it('works again with the next lease after its table was changed', async () => {
    const db = world.open({ max: 1 })
    const before = await pidOf(db)
    const prepared = db.select().from(crates).prepare('all crates')
    expect(await prepared.execute()).toEqual([{ units: 7 }])
    await world.open().execute(sql`alter table crate alter column units type bigint`)
    await expect(prepared.execute()).rejects.toMatchObject({ cause: { code: '0A000' } })
    const again = db.select().from(bigCrates).prepare('all crates')
    expect(await again.execute()).toEqual([{ units: 7 }])
    expect(await pidOf(db)).not.toBe(before)
    expect(db.$client.snapshot().totals.recycles.plan).toBe(1)
  })
  it('works again with the next lease after it was deallocated in a transaction', async () => {
    const db = world.open({ max: 1 })
    const prepared = db.select().from(crates).prepare('all crates')
    expect(await prepared.execute()).toEqual([{ units: 7 }])
    const failed = db.transaction(async (tx) => {
      await tx.execute(sql`deallocate all`)
      await tx.select().from(crates).prepare('all crates').execute()
    })
    await expect(failed).rejects.toMatchObject({ cause: { code: '26000' } })
    expect(await prepared.execute()).toEqual([{ units: 7 }])
    expect(db.$client.snapshot().totals.recycles.plan).toBe(1)
  })
})
