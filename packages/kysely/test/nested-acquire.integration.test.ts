import { AcquireTimeoutError } from '@hale/pg'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createKyselyWorld, type KyselyWorld, pidOf } from './kysely-world.ts'

let world: KyselyWorld
beforeAll(async () => {
  world = await createKyselyWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

it('tells a transaction that waits for its own pool from a busy pool', async () => {
  const { db, pool } = world.open({ max: 1 })
  await pidOf(db) // Kysely initializes its driver with the first statement
  pool.options.connectionTimeoutMillis = 250 // not for the opening
  const forgotTrx = db.transaction().execute(async (trx) => {
    await pidOf(trx)
    await pidOf(db)
  })
  await expect(forgotTrx).rejects.toBeInstanceOf(AcquireTimeoutError)
  await expect(forgotTrx).rejects.toMatchObject({ reason: 'nested-acquire' })
})
