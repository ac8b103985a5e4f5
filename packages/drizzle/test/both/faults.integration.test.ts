import { CommitUnknownError } from '@hale/pg'
import { leaseEverySlot, untilLost } from '@hale/testkit'
import { DrizzleQueryError, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authors, books, createDrizzleWorld, type DrizzleWorld, pidOf } from './drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

const lost = { cause: { message: expect.stringMatching(/terminated|not queryable|ECONNRESET/i) } }
const changedItsMind = new Error('changed its mind')

async function countAuthors(): Promise<number> {
  const { rows } = await world.admin.query('select count(*)::int as count from author')
  return rows[0]?.count
}

describe('a BEGIN that fails', () => {
  it('because the link breaks under it costs no slot', async () => {
    const db = world.open({ max: 2 })
    world.whenSent('begin', (link) => link.reset())
    let entered = 0
    const attempt = (): Promise<void> =>
      db.transaction(async () => {
        entered += 1
      })
    for (const transaction of [attempt, attempt, attempt]) {
      await expect(transaction()).rejects.toMatchObject({ query: 'begin', ...lost })
    }
    expect(entered).toBe(0)
    world.whenSent('begin', () => {})
    expect(await leaseEverySlot(db.$client)).toBe(2)
    await attempt()
    expect(entered).toBe(1)
  })

  it('because the server refuses it costs neither slot nor connection', async () => {
    const db = world.open({ max: 2 })
    const config = { isolationLevel: 'no such level' as 'serializable' }
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const refused = db.transaction(async () => {}, config)
      await expect(refused).rejects.toBeInstanceOf(DrizzleQueryError)
      await expect(refused).rejects.toMatchObject({ cause: { code: '42601' } })
    }
    expect(db.$client.snapshot().totals.opened).toBe(1)
    expect(await leaseEverySlot(db.$client)).toBe(2)
  })

  it('because it got no answer in time costs no slot', async () => {
    const db = world.open({ max: 1, query_timeout: 200 })
    world.whenSent('begin', (link) => link.freeze())
    const unanswered = db.transaction(async () => {})
    await expect(unanswered).rejects.toMatchObject({ cause: { message: 'Query read timeout' } })
    world.whenSent('begin', () => {})
    expect(await leaseEverySlot(db.$client)).toBe(1)
  })

  it('for want of a connection says what the pool says', async () => {
    const db = world.open({ max: 1 })
    const held = await db.$client.connect()
    db.$client.options.connectionTimeoutMillis = 50 // not for the opening
    const refused = db.transaction(async () => {})
    await expect(refused).rejects.toMatchObject({ code: 'HALE_ACQUIRE_TIMEOUT' })
    held.release()
  })
})

describe('a backend that dies', () => {
  it('before the first statement rejects the transaction, and nothing else', async () => {
    const db = world.open({ max: 2 })
    const transaction = db.transaction(async (tx) => {
      const pid = await pidOf(tx)
      await world.terminate(pid)
      await untilLost(db.$client, pid)
      await tx.insert(authors).values({ name: 'ann' })
    })
    await expect(transaction).rejects.toMatchObject(lost)
    expect(await leaseEverySlot(db.$client)).toBe(2)
    expect(await countAuthors()).toBe(0)
  })

  it('under a statement rejects it with what the server said', async () => {
    const db = world.open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'ann' })
      const pid = await pidOf(tx)
      const asleep = tx.execute(sql`select pg_sleep(60)`)
      await Promise.all([asleep, world.terminate(pid)])
    })
    await expect(transaction).rejects.toMatchObject({ cause: { code: '57P01' } })
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await countAuthors()).toBe(0)
  })

  it('before COMMIT is sent leaves no doubt', async () => {
    const db = world.open({ max: 1 })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'ann' })
      const pid = await pidOf(tx)
      await world.terminate(pid)
      await untilLost(db.$client, pid)
    })
    await expect(transaction).rejects.toBeInstanceOf(DrizzleQueryError)
    await expect(transaction).rejects.toMatchObject({ query: 'commit', ...lost })
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await countAuthors()).toBe(0)
  })

  it.each([
    ['after COMMIT took effect', 1],
    ['before COMMIT took effect', 0],
  ])('%s, without an answer, leaves the outcome unknown', async (_, committed) => {
    const db = world.open({ max: 1 })
    world.whenSent('commit', (link) => {
      if (committed)
        link.dropAfter(1, 'down') // in the midst of the answer
      else link.reset()
    })
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'ann' })
    })
    const error: unknown = await transaction.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect((error as CommitUnknownError).cause).toBeInstanceOf(DrizzleQueryError)
    expect(error).toMatchObject({
      code: 'HALE_COMMIT_UNKNOWN',
      cause: { query: 'commit', ...lost },
    })
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await countAuthors()).toBe(committed)
  })

  it('does not hide the error that the transaction failed with', async () => {
    const db = world.open({ max: 1 })
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

  it('under the rollback does not hide it either', async () => {
    const db = world.open({ max: 1 })
    world.whenSent('rollback', (link) => link.reset())
    const transaction = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'ann' })
      throw changedItsMind
    })
    await expect(transaction).rejects.toBe(changedItsMind)
    world.whenSent('rollback', () => {})
    expect(await leaseEverySlot(db.$client)).toBe(1)
    expect(await countAuthors()).toBe(0)
  })
})

it('closes a connection whose rollback got no answer in time, and throws the first error', async () => {
  const db = world.open({ max: 1, query_timeout: 200 })
  const pid = await pidOf(db)
  world.whenSent('rollback', (link) => link.freeze())
  const released: unknown[] = []
  db.$client.once('release', (error) => released.push(error))
  const transaction = db.transaction(async (tx) => {
    await tx.insert(authors).values({ name: 'ann' })
    throw changedItsMind
  })
  await expect(transaction).rejects.toBe(changedItsMind)
  expect(released).toEqual([
    expect.objectContaining({ cause: expect.objectContaining({ message: 'Query read timeout' }) }),
  ])
  expect(await pidOf(db)).not.toBe(pid)
})

it('releases the client of each transaction exactly once, whatever becomes of it', async () => {
  const db = world.open({ max: 2 })
  const { $client: pool } = db
  let releases = 0
  pool.on('release', () => {
    releases += 1
  })
  await db.transaction(async () => {})
  await db.transaction(() => Promise.reject(changedItsMind)).catch(() => {})
  const orphan = { title: 'orphan', authorId: 404 }
  await db.transaction(async (tx) => void (await tx.insert(books).values(orphan))).catch(() => {})
  await db.transaction(async (tx) => world.terminate(await pidOf(tx))).catch(() => {})
  expect(releases).toBe(4)
  expect(pool.snapshot().totals.leases).toBe(4)
})

it('leaks no slot through 200 transactions that fail at every step by turns', async () => {
  const db = world.open({ max: 3 })
  for (const step of ['begin', 'savepoint sp1', 'release savepoint sp1', 'commit', 'rollback']) {
    let turn = 0
    world.whenSent(step, (link) => {
      turn += 1
      if (turn % 3 === 0) link.reset()
    })
  }
  const transact = (number: number): Promise<void> =>
    db.transaction(async (tx) => {
      await tx.transaction(async (nested) => {
        await nested.insert(authors).values({ name: `${number % 150}` }) // the last 50 may be taken
      })
      if (number % 4 === 0) throw changedItsMind
    })
  const numbers = Array.from({ length: 200 }, (_, index) => index)
  const outcomes = await Promise.allSettled(numbers.map(transact))
  const failed = outcomes.filter(({ status }) => status === 'rejected')
  expect(failed.length).toBeGreaterThan(80)
  expect(failed.length).toBeLessThan(200)
  expect(await leaseEverySlot(db.$client)).toBe(3)
})
