import { describe, expect, it } from 'vitest'
import { untilLost } from '../pool-checks.ts'
import type { FaultLink } from '../proxy/fault-link.ts'
import { errorOf, isCommitUnknown, sqlStateOf, toldOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, lockStatement, pidOf } from './world.ts'

const { begin, commit } = transactionStatements
const steps: readonly (readonly [string, RegExp])[] = [
  ['BEGIN', begin],
  ['its statement', /^insert/i],
  ['COMMIT', commit],
]

/** A backend or its connection that dies, at every step. */
export function testKills(world: ConformanceWorld): void {
  const ways: readonly (readonly [string, (link: FaultLink) => void])[] = [
    ['is killed before', (link) => void killBefore(link)],
    ['is cut off before', (link) => link.reset()],
    ['is cut off behind', (link) => link.cutAnswer()],
  ]
  /** The statement waits in front of the server until its backend is gone. */
  async function killBefore(link: FaultLink): Promise<void> {
    link.freeze()
    await world.terminate(link.processId ?? 0)
    link.thaw()
  }

  describe('a backend', () => {
    const cases = steps.flatMap(([step, pattern]) =>
      ways.map(([way, act]) => ({ step, pattern, way, act })),
    )
    it.each(cases)('that $way $step fails its transaction, and tells the truth', async (at) => {
      const subject = world.open({ max: 2 })
      world.onNext(at.pattern, at.act)
      const told = await toldOf(subject.transaction((tx) => tx.query(insertEntry(1))))
      expect(told.kind).not.toBe('done')
      if (at.pattern !== commit) expect(told.kind).toBe('failed')
      if (told.kind === 'failed') expect(await world.entries()).toEqual([])
      await subject.transaction((tx) => tx.query(insertEntry(2)))
      expect(await world.entries()).toContain(2)
    })
    it('that is killed under a statement rejects it with its SQLSTATE', async () => {
      const subject = world.open({ max: 1 })
      const lock = await world.holdLock()
      const killed = errorOf(subject.query(lockStatement))
      await world.terminate(await lock.untilAwaited())
      expect(sqlStateOf(await killed)).toBe('57P01')
    })
    it('that is killed under a statement of a transaction rejects it with its SQLSTATE', async () => {
      const subject = world.open({ max: 1 })
      const lock = await world.holdLock()
      const killed = errorOf(
        subject.transaction(async (tx) => {
          await tx.query(insertEntry(1))
          await tx.query(lockStatement)
        }),
      )
      await world.terminate(await lock.untilAwaited())
      expect(sqlStateOf(await killed)).toBe('57P01')
      expect(await world.entries()).toEqual([])
    })
    it('that is killed while its transaction idles fails the next statement, and nothing else', async () => {
      const subject = world.open({ max: 2 })
      let after: unknown
      const transaction = subject.transaction(async (tx) => {
        const pid = await pidOf(tx)
        await world.terminate(pid)
        await untilLost(subject.pool, pid)
        after = await errorOf(tx.query(insertEntry(1)))
        throw after
      })
      const error = await errorOf(transaction)
      expect(error).toBe(after)
      expect(isCommitUnknown(error)).toBe(false)
      expect(await world.entries()).toEqual([])
    })
    it.each([true, false])(
      'that is killed hides no error of the function, noticed: %s',
      async (noticed) => {
        const subject = world.open({ max: 1 })
        const changedItsMind = new Error('changed its mind')
        const transaction = subject.transaction(async (tx) => {
          const pid = await pidOf(tx)
          await world.terminate(pid)
          if (noticed) await untilLost(subject.pool, pid)
          throw changedItsMind
        })
        expect(await errorOf(transaction)).toBe(changedItsMind)
      },
    )
  })
}
