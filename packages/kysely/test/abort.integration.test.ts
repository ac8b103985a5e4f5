import { leaseEverySlot, waitFor } from '@hale/testkit'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasAbort } from './kysely-features.ts'
import { createKyselyWorld, type Database, type KyselyWorld, pidOf } from './kysely-world.ts'

const reason = new Error('nobody waits any more')
/** Kysely prints what fails after its caller was told. */
const printed = vi.spyOn(console, 'error')

let world: KyselyWorld
let aborting: AbortController
beforeAll(async () => {
  world = await createKyselyWorld()
})
beforeEach(() => {
  aborting = new AbortController()
  printed.mockReset().mockImplementation(() => {})
})
afterEach(() => world.reset())
afterAll(() => world.close())

const linesPrinted = (): unknown[] => printed.mock.calls.map(([line]) => line)

const sleep = (db: Kysely<Database>, seconds: number, options?: object): Promise<unknown> =>
  sql`select pg_sleep(${sql.lit(seconds)})`.execute(db, { signal: aborting.signal, ...options })

/** Whether the backend is in the middle of a statement; `undefined` when it is gone. */
async function isBusy(pid: number): Promise<boolean | undefined> {
  const rows = await world.query(`select state from pg_stat_activity where pid = ${pid}`)
  return rows[0] && rows[0]['state'] === 'active'
}

/** Aborts what runs on the backend, once it runs. */
async function abortOnceBusy(pid: number): Promise<void> {
  await waitFor(() => isBusy(pid), { describe: 'the statement to run' })
  aborting.abort(reason)
}

describe.skipIf(!hasAbort)('a query that is aborted', () => {
  it('before it takes a connection: rejects, and none is taken', async () => {
    const { db, pool } = world.open({ max: 1 })
    aborting.abort(reason)
    await expect(sleep(db, 1)).rejects.toBe(reason)
    const use = db.connection().execute(() => Promise.resolve(), { signal: aborting.signal })
    await expect(use).rejects.toBe(reason)
    await waitFor(() => pool.snapshot().counts.leased === 0)
    expect(linesPrinted()).toEqual([])
    expect(await leaseEverySlot(pool)).toBe(1)
  })

  it('while it waits for a slot: rejects at once, prints nothing and keeps no slot', async () => {
    const { db, pool } = world.open({ max: 1 })
    await db.connection().execute(async (holding) => {
      const waiting = sleep(db, 1)
      await waitFor(() => pool.waitingCount === 1)
      aborting.abort(reason)
      await expect(waiting).rejects.toBe(reason)
      await pidOf(holding)
    })
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(linesPrinted()).toEqual([])
  })

  it('while its hooks run: rejects at once and keeps no slot', async () => {
    let reserved = 0
    const onReserveConnection = async (): Promise<void> => {
      reserved += 1
      aborting.abort(reason)
      await new Promise(setImmediate)
    }
    const { db, pool } = world.open({ max: 1 }, { onReserveConnection })
    await expect(sleep(db, 1)).rejects.toBe(reason)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(reserved).toBe(1)
    expect(linesPrinted()).toEqual([])
  })

  it("by 'ignore query': rejects at once, and the slot comes back when the statement ends", async () => {
    const { db, pool } = world.open({ max: 1 })
    const pid = await pidOf(db)
    const running = sleep(db, 0.3)
    await abortOnceBusy(pid)
    await expect(running).rejects.toBe(reason)
    expect(await isBusy(pid)).toBe(true)
    expect(await pidOf(db)).toBe(pid)
    expect(pool.snapshot().totals.opened).toBe(1)
    expect(linesPrinted()).toEqual([])
  })

  it("by 'cancel query': the statement ends, for which no session is needed, and the connection is kept", async () => {
    let clients = 0
    const Counted = class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config)
        clients += 1
      }
    }
    const pooled = { max: 1, Client: Counted, sentinel: false } as const
    const { db, pool } = world.open(pooled, { controlClient: Counted })
    const pid = await pidOf(db)
    const running = sleep(db, 30, { inflightQueryAbortStrategy: 'cancel query' })
    await abortOnceBusy(pid)
    await expect(running).rejects.toBe(reason)
    expect(await pidOf(db)).toBe(pid)
    expect(pool.snapshot().totals.opened).toBe(1)
    expect(clients).toBe(1)
    expect(linesPrinted()).toEqual([expect.stringMatching(/^`query` failed .* user request$/)])
  })

  it("by 'cancel query' at its very end: the statement behind it is not hit", async () => {
    const { db, pool } = world.open({ max: 1 })
    const pid = await pidOf(db)
    for (let round = 0; round < 60; round += 1) {
      const own = new AbortController()
      const running = sleep(db, 0.003, {
        signal: own.signal,
        inflightQueryAbortStrategy: 'cancel query',
      })
      setTimeout(() => own.abort(reason), 2 + (round % 4))
      await running.catch(() => {})
      expect(await pidOf(db)).toBe(pid)
    }
    expect(pool.snapshot().totals.opened).toBe(1)
  })

  it("by 'cancel query' in a transaction: it is rolled back, and the connection is kept", async () => {
    const { db } = world.open({ max: 1 })
    const pid = await pidOf(db)
    const transaction = db.transaction().execute(async (trx) => {
      await trx.insertInto('account').values({ owner: 'ann', balance: 1 }).execute()
      await sleep(trx, 30, { inflightQueryAbortStrategy: 'cancel query' })
    })
    await abortOnceBusy(pid)
    await expect(transaction).rejects.toBe(reason)
    expect(await db.selectFrom('account').selectAll().execute()).toEqual([])
    expect(await pidOf(db)).toBe(pid)
  })

  it("by 'kill session': the session ends, and the slot comes back", async () => {
    const { db, pool } = world.open({ max: 1 })
    const pid = await pidOf(db)
    const running = sleep(db, 30, { inflightQueryAbortStrategy: 'kill session' })
    await abortOnceBusy(pid)
    await expect(running).rejects.toBe(reason)
    expect(await pidOf(db)).not.toBe(pid)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await isBusy(pid)).toBeUndefined()
    expect(linesPrinted()).toEqual([expect.stringMatching(/^`query` failed .*terminat/)])
  })

  it("by 'kill session' when it has ended meanwhile: the session lives on", async () => {
    let dialled = 0
    let pid = -1
    const Late = class extends pg.Client {
      override async connect(): Promise<this> {
        await super.connect()
        dialled += 1
        await waitFor(async () => (await isBusy(pid)) === false, { describe: 'its end' })
        return this
      }
    }
    const { db, pool } = world.open({ max: 1 }, { controlClient: Late as never })
    pid = await pidOf(db)
    const running = sleep(db, 0.2, { inflightQueryAbortStrategy: 'kill session' })
    await abortOnceBusy(pid)
    await expect(running).rejects.toBe(reason)
    expect(await pidOf(db)).toBe(pid)
    expect(dialled).toBe(1)
    expect(pool.snapshot().totals.opened).toBe(1)
    expect(linesPrinted()).toEqual([])
  })

  it("by 'kill session' where no session can be had: it is cancelled, and its connection closed", async () => {
    const Unwelcome = class extends pg.Client {
      override connect(): Promise<never> {
        return Promise.reject(new Error('sorry, too many clients already'))
      }
    }
    const { db, pool } = world.open({ max: 1 }, { controlClient: Unwelcome as never })
    const pid = await pidOf(db)
    const running = sleep(db, 30, { inflightQueryAbortStrategy: 'kill session' })
    await abortOnceBusy(pid)
    await expect(running).rejects.toBe(reason)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(await pidOf(db)).not.toBe(pid)
    await waitFor(async () => (await isBusy(pid)) === undefined)
    expect(linesPrinted()).toEqual([expect.stringMatching(/^`query` failed .* user request$/)])
  })

  it('leaves no session beside the pool behind', async () => {
    const { db } = world.open({ max: 1, application_name: 'hale_abort' })
    const sessions = async (): Promise<number> => {
      const named = `select from pg_stat_activity where application_name = 'hale_abort'`
      return (await world.query(named)).length
    }
    for (let round = 0; round < 3; round += 1) {
      const own = new AbortController()
      const pid = await pidOf(db)
      const options = { signal: own.signal, inflightQueryAbortStrategy: 'kill session' }
      const running = sleep(db, 30, options)
      await waitFor(() => isBusy(pid))
      own.abort(reason)
      await expect(running).rejects.toBe(reason)
      await pidOf(db)
    }
    await waitFor(async () => (await sessions()) === 1, { describe: 'one session to be left' })
  })
})

describe.skipIf(!hasAbort)('a stream that is aborted', () => {
  const numbers = (db: Kysely<Database>) =>
    db
      .selectFrom(sql<{ n: number }>`generate_series(1, 100)`.as('series'))
      .select(sql<number>`series`.as('n'))

  it('before it begins: rejects and takes no connection', async () => {
    const { db, pool } = world.open({ max: 1 }, { cursor: Cursor })
    aborting.abort(reason)
    const stream = numbers(db).stream({ chunkSize: 10, signal: aborting.signal })
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toBe(reason)
    expect(pool.totalCount).toBe(0)
  })

  it('between rows: rejects, and its connection is kept', async () => {
    const { db } = world.open({ max: 1 }, { cursor: Cursor })
    const pid = await pidOf(db)
    const read = async (): Promise<void> => {
      const stream = numbers(db).stream({ chunkSize: 10, signal: aborting.signal })
      for await (const { n } of stream) if (n === 15) aborting.abort(reason)
    }
    await expect(read()).rejects.toBe(reason)
    expect(await pidOf(db)).toBe(pid)
    expect(linesPrinted()).toEqual([])
  })

  it('while it waits for rows: rejects at once, and its connection comes back after them', async () => {
    const { db, pool } = world.open({ max: 1 }, { cursor: Cursor })
    const pid = await pidOf(db)
    const slow = db
      .selectFrom(sql`generate_series(1, 3)`.as('n'))
      .select(sql`pg_sleep(0.1)`.as('slept'))
    const stream = slow.stream({ chunkSize: 3, signal: aborting.signal })
    const reading = stream[Symbol.asyncIterator]().next()
    await abortOnceBusy(pid)
    await expect(reading).rejects.toBe(reason)
    expect(await pidOf(db)).toBe(pid)
    expect(await leaseEverySlot(pool)).toBe(1)
    expect(linesPrinted()).toEqual([])
  })
})
