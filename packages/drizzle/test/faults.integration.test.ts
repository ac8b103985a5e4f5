import { leaseEverySlot, untilLost } from '@hale/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authors, books, createDrizzleWorld, type DrizzleWorld, pidOf } from './drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world.close())

const lost = { cause: { message: expect.stringMatching(/terminated|not queryable/i) } }

describe('a BEGIN that fails', () => {
  it('because the connection went just before costs no slot', async () => {
    const db = world.open({ max: 2 })
    const { $client: pool } = db
    let armed = true
    pool.on('acquire', (client) => {
      const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
      if (armed) connection.stream.destroy()
    })
    let entered = 0
    const attempt = (): Promise<void> =>
      db.transaction(async () => {
        entered += 1
      })
    for (const transaction of [attempt, attempt, attempt]) {
      await expect(transaction()).rejects.toMatchObject(lost)
    }
    expect(entered).toBe(0)
    armed = false
    expect(await leaseEverySlot(pool)).toBe(2)
    await attempt()
    expect(entered).toBe(1)
  })

  it('because the server refuses it costs neither slot nor connection', async () => {
    const db = world.open({ max: 2 })
    const config = { isolationLevel: 'no such level' as 'serializable' }
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const refused = db.transaction(async () => {}, config)
      await expect(refused).rejects.toMatchObject({ cause: { code: '42601' } })
    }
    expect(db.$client.snapshot().totals.opened).toBe(1)
    expect(await leaseEverySlot(db.$client)).toBe(2)
  })
})

describe('a backend that dies while its transaction idles', () => {
  it('rejects the transaction with the loss, and nothing else', async () => {
    const db = world.open({ max: 2 })
    const transaction = db.transaction(async (tx) => {
      const pid = await pidOf(tx)
      await world.terminate(pid)
      await untilLost(db.$client, pid)
      await tx.insert(authors).values({ name: 'ann' })
    })
    await expect(transaction).rejects.toMatchObject(lost)
    expect(await leaseEverySlot(db.$client)).toBe(2)
    expect(await db.select().from(authors)).toEqual([])
  })

  it('fails the COMMIT of a transaction that does not ask any more', async () => {
    const db = world.open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'ann' })
      await world.terminate(await pidOf(tx))
    })
    await expect(transaction).rejects.toMatchObject({ query: 'commit' })
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await db.select().from(authors)).toEqual([])
  })

  it('does not hide the error that the transaction failed with', async () => {
    const db = world.open({ max: 1 })
    const changedItsMind = new Error('changed its mind')
    for (const noticed of [true, false]) {
      const transaction = db.transaction(async (tx) => {
        const pid = await pidOf(tx)
        await world.terminate(pid)
        if (noticed) await untilLost(db.$client, pid)
        throw changedItsMind
      })
      await expect(transaction).rejects.toBe(changedItsMind)
      expect(await leaseEverySlot(db.$client)).toBe(1)
    }
  })
})

it('closes a connection whose rollback failed, and throws the first error', async () => {
  const db = world.open({ max: 1 })
  const { $client: pool } = db
  const pid = await pidOf(db)
  const timedOut = new Error('Query read timeout')
  pool.once('acquire', (client) => {
    const query = client.query.bind(client) as (
      config: { text: string },
      values: unknown,
    ) => unknown
    const patched = (config: { text: string }, values: unknown): unknown =>
      config.text === 'rollback' ? Promise.reject(timedOut) : query(config, values)
    Object.assign(client, { query: patched })
  })
  const released: unknown[] = []
  pool.once('release', (error) => released.push(error))
  const changedItsMind = new Error('changed its mind')
  const transaction = db.transaction(async (tx) => {
    await tx.insert(books).values({ title: 'one', authorId: 1 })
    throw changedItsMind
  })
  await expect(transaction).rejects.toBe(changedItsMind)
  expect(released).toEqual([expect.objectContaining({ cause: timedOut })])
  expect(await pidOf(db)).not.toBe(pid)
  expect(await db.$count(books)).toBe(0)
})

it('releases the client of each transaction exactly once, whatever becomes of it', async () => {
  const db = world.open({ max: 2 })
  const { $client: pool } = db
  let releases = 0
  pool.on('release', () => {
    releases += 1
  })
  await db.transaction(async () => {})
  await db.transaction(() => Promise.reject(new Error('no'))).catch(() => {})
  await db
    .transaction((tx) => tx.insert(books).values({ title: 't', authorId: 404 }))
    .catch(() => {})
  await db.transaction(async (tx) => world.terminate(await pidOf(tx))).catch(() => {})
  expect(releases).toBe(4)
  expect(pool.snapshot().totals.leases).toBe(4)
})
