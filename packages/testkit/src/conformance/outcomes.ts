import { describe, expect, it } from 'vitest'
import { errorOf, isTransactionAborted, sqlStateOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, pidOf } from './world.ts'

const divisionByZero = 'select 1 / 0'

/** What becomes of statements and transactions while nothing is broken. */
export function testOutcomes(world: ConformanceWorld): void {
  const { adapter } = world
  const hasRolledBack = (): boolean =>
    world.statements.some(({ text }) => transactionStatements.rollback.test(text))

  describe('a statement', () => {
    it('gives its rows', async () => {
      const rows = await world.open().query('select n from generate_series(1, 3) as n order by n')
      expect(rows.map(({ n }) => n)).toEqual([1, 2, 3])
    })
    it('that fails rejects with its SQLSTATE, and costs no connection', async () => {
      const { pool, query } = bound(world.open({ max: 1 }))
      const pid = await pidOf({ query })
      for (let attempt = 0; attempt < 5; attempt += 1) {
        expect(sqlStateOf(await errorOf(query(divisionByZero)))).toBe('22012')
      }
      expect(await pidOf({ query })).toBe(pid)
      expect(pool.snapshot().counts.leased).toBe(0)
    })
  })

  describe('a transaction', () => {
    it('gives the result of its function, and is committed by then', async () => {
      const subject = world.open({ max: 1 })
      const result = await subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        return { kept: await tx.query('select id from entry') }
      })
      expect(result).toEqual({ kept: [{ id: 1 }] })
      expect(await world.entries()).toEqual([1])
    })
    it('runs all of its statements on one backend', async () => {
      const subject = world.open({ max: 2 })
      const pids = await subject.transaction(async (tx) => [
        await pidOf(tx),
        ...(await Promise.all([pidOf(tx), pidOf(tx)])),
        await pidOf(tx),
      ])
      expect(new Set(pids).size).toBe(1)
      const links = new Set(world.statements.map(({ link }) => link.processId))
      expect(links).toContain(pids[0])
    })
    it('begins with the settings it is given', async () => {
      const subject = world.open({ max: 1 })
      const settings = { isolationLevel: 'serializable', accessMode: 'read only' } as const
      const shown = await subject.transaction(
        async (tx) => [
          await tx.query('show transaction_isolation'),
          await tx.query('show transaction_read_only'),
        ],
        settings,
      )
      expect(shown).toEqual([
        [{ transaction_isolation: 'serializable' }],
        [{ transaction_read_only: 'on' }],
      ])
      expect(await subject.query('show transaction_isolation')).toEqual([
        { transaction_isolation: 'read committed' },
      ])
    })
    it('in which a statement fails rejects with its SQLSTATE, and is rolled back by then', async () => {
      const subject = world.open({ max: 1 })
      const failing = subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        await tx.query(divisionByZero)
      })
      expect(sqlStateOf(await errorOf(failing))).toBe('22012')
      expect(hasRolledBack()).toBe(true)
      expect(await world.entries()).toEqual([])
    })
    it('whose function throws rejects with that very error, and is rolled back by then', async () => {
      const subject = world.open({ max: 1 })
      const changedItsMind = new Error('changed its mind')
      const failing = subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        throw changedItsMind
      })
      expect(await errorOf(failing)).toBe(changedItsMind)
      expect(hasRolledBack()).toBe(true)
      expect(await world.entries()).toEqual([])
    })
    it('whose function throws at once is rolled back as well', async () => {
      const subject = world.open({ max: 1 })
      const changedItsMind = new Error('changed its mind')
      const failing = subject.transaction(() => {
        throw changedItsMind
      })
      expect(await errorOf(failing)).toBe(changedItsMind)
      expect(hasRolledBack()).toBe(true)
    })
    it('whose COMMIT is answered by ROLLBACK rejects', async () => {
      const subject = world.open({ max: 1 })
      const swallowing = subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        await errorOf(tx.query(divisionByZero))
        return 'done'
      })
      const error = await errorOf(swallowing)
      const isAborted = adapter.isTransactionAborted ?? isTransactionAborted
      expect(isAborted(error), String(error)).toBe(true)
      expect(await world.entries()).toEqual([])
    })
    it.skipIf(!adapter.nests)(
      'keeps what it did before a savepoint that was rolled back',
      async () => {
        const subject = world.open({ max: 1 })
        const changedItsMind = new Error('changed its mind')
        await subject.transaction(async (tx) => {
          await tx.query(insertEntry(1))
          const nested = tx.nested?.(async (inner) => {
            await inner.query(insertEntry(2))
            throw changedItsMind
          })
          expect(await errorOf(nested ?? Promise.resolve())).toBe(changedItsMind)
          await tx.nested?.((inner) => inner.query(insertEntry(3)))
        })
        expect(await world.entries()).toEqual([1, 3])
      },
    )
    it.skipIf(!adapter.nests)('goes on after a savepoint in which a statement failed', async () => {
      const subject = world.open({ max: 1 })
      await subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        const nested = tx.nested?.((inner) => inner.query(divisionByZero))
        expect(sqlStateOf(await errorOf(nested ?? Promise.resolve()))).toBe('22012')
        await tx.query(insertEntry(2))
      })
      expect(await world.entries()).toEqual([1, 2])
    })
    it.skipIf(!adapter.ownsSavepoints)(
      'never commits what a savepoint could not roll back, and keeps its error',
      async () => {
        const subject = world.open({ max: 1 })
        const changedItsMind = new Error('changed its mind')
        world.onNext(/^rollback to/i, (link) => link.refuseStatement('XX000', 'no', 'T'))
        const transaction = subject.transaction(async (tx) => {
          const nested = tx.nested?.(async (inner) => {
            await inner.query(insertEntry(1))
            throw changedItsMind
          })
          expect(await errorOf(nested ?? Promise.resolve())).toBe(changedItsMind)
        })
        expect(sqlStateOf(await errorOf(transaction))).toBe('XX000')
        expect(await world.entries()).toEqual([])
      },
    )
  })
}

function bound(subject: ReturnType<ConformanceWorld['open']>): typeof subject {
  return { ...subject, pool: subject.pool, query: (sql) => subject.query(sql) }
}
