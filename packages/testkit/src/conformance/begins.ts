import { describe, expect, it } from 'vitest'
import { errorOf, isCommitUnknown, sqlStateOf, toldOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, pidOf } from './world.ts'

const { begin } = transactionStatements

/** A BEGIN that fails, and a backend that is gone before it. */
export function testBegins(world: ConformanceWorld): void {
  describe('a BEGIN', () => {
    it('that the server refuses rejects with its SQLSTATE, and costs no slot', async () => {
      const subject = world.open({ max: 2 })
      let entered = 0
      const attempt = (): Promise<void> =>
        subject.transaction(async () => {
          entered += 1
        })
      for (let refused = 0; refused < 4; refused += 1) {
        world.onNext(begin, (link) => link.refuseStatement('57P05', 'not now'))
        expect(sqlStateOf(await errorOf(attempt()))).toBe('57P05')
      }
      expect(entered).toBe(0)
      await attempt()
      expect(entered).toBe(1)
    })
    it.each([
      ['before it reaches the server', 'reset'],
      ['before its answer arrives', 'cutAnswer'],
    ] as const)('whose connection is cut %s rejects, and costs no slot', async (_when, cut) => {
      const subject = world.open({ max: 2 })
      let entered = 0
      const attempt = (): Promise<void> =>
        subject.transaction(async (tx) => {
          entered += 1
          await tx.query(insertEntry(1))
        })
      for (let refused = 0; refused < 4; refused += 1) {
        world.onNext(begin, (link) => link[cut]())
        const error = await errorOf(attempt())
        expect(error).toBeInstanceOf(Error)
        expect(isCommitUnknown(error)).toBe(false)
      }
      expect(entered).toBe(0)
      await attempt()
      expect(entered).toBe(1)
      expect(await world.entries()).toEqual([1])
    })
    it('on a backend that was killed in the pool succeeds on another, or rejects', async () => {
      const subject = world.open({ max: 1 })
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const pid = await pidOf(subject)
        await world.admin.query('select pg_terminate_backend($1)', [pid])
        const told = await toldOf(subject.transaction((tx) => tx.query(insertEntry(attempt))))
        expect(told.kind).not.toBe('unknown')
        const isThere = (await world.entries()).includes(attempt)
        expect(isThere).toBe(told.kind === 'done')
      }
    })
  })
}
