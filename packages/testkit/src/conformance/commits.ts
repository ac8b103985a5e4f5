import { describe, expect, it } from 'vitest'
import { untilLost } from '../pool-checks.ts'
import type { FaultLink } from '../proxy/fault-link.ts'
import { errorOf, isCommitUnknown, sqlStateOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, pidOf } from './world.ts'

const { commit, rollback } = transactionStatements

interface Cut {
  readonly when: string
  readonly cut: (link: FaultLink) => void
  /** Whether the server gets the COMMIT. */
  readonly reaches: boolean
}

const cuts: readonly Cut[] = [
  { when: 'is cut before it reaches the server', cut: (link) => link.reset(), reaches: false },
  { when: 'is cut before its answer arrives', cut: (link) => link.cutAnswer(), reaches: true },
  {
    when: 'goes silent before it reaches the server',
    cut: (link) => link.freeze(),
    reaches: false,
  },
  {
    when: 'goes silent before its answer arrives',
    cut: (link) => link.cutAnswer('freeze'),
    reaches: true,
  },
]

/** A COMMIT that fails, and one of which nobody knows whether it did. */
export function testCommits(world: ConformanceWorld): void {
  describe('a COMMIT', () => {
    it.each(cuts)('whose connection $when is reported as unknown', async ({ cut, reaches }) => {
      const subject = world.open({ max: 1, query_timeout: 750 })
      world.onNext(commit, cut)
      const error = await errorOf(subject.transaction((tx) => tx.query(insertEntry(1))))
      expect(isCommitUnknown(error), String(error)).toBe(true)
      expect((error as Error).cause).toBeInstanceOf(Error)
      expect(await world.entries()).toEqual(reaches ? [1] : [])
      expect(await pidOf(subject)).toBeGreaterThan(0)
      expect(count(commit)).toBe(1)
    })
    it('that a deferred constraint fails is known to be rolled back', async () => {
      const subject = world.open({ max: 1 })
      const failing = subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        await tx.query('insert into child (parent) values (404)')
      })
      const error = await errorOf(failing)
      expect(sqlStateOf(error)).toBe('23503')
      expect(isCommitUnknown(error)).toBe(false)
      expect(await world.entries()).toEqual([])
    })
    it('that cannot be serialized is known to be rolled back', async () => {
      const subject = world.open({ max: 2 })
      const settings = { isolationLevel: 'serializable' } as const
      const error = await errorOf(
        subject.transaction(async (tx) => {
          await tx.query('select count(*) from entry')
          await subject.transaction(async (other) => {
            await other.query('select count(*) from entry')
            await other.query(insertEntry(1))
            await tx.query(insertEntry(2))
          }, settings)
        }, settings),
      )
      expect(sqlStateOf(error)).toBe('40001')
      expect(isCommitUnknown(error)).toBe(false)
      expect(await world.entries()).toEqual([1])
    })
    it('that was never sent is not unknown', async () => {
      const subject = world.open({ max: 1 })
      const lost = subject.transaction(async (tx) => {
        const pid = await pidOf(tx)
        await tx.query(insertEntry(1))
        await world.terminate(pid)
        await untilLost(subject.pool, pid)
      })
      const error = await errorOf(lost)
      expect(error).toBeInstanceOf(Error)
      expect(isCommitUnknown(error), String(error)).toBe(false)
      expect(count(commit)).toBe(0)
      expect(await world.entries()).toEqual([])
    })
    it('under which the backend is killed is reported as unknown', async () => {
      const subject = world.open({ max: 1 })
      const lock = await world.holdLock()
      const killed = errorOf(
        subject.transaction(async (tx) => {
          await tx.query(insertEntry(1))
          await tx.query('insert into slow_commit (id) values (1)')
        }),
      )
      await world.terminate(await lock.untilAwaited())
      const error = await killed
      expect(isCommitUnknown(error), String(error)).toBe(true)
      await lock.release()
      expect(await world.entries()).toEqual([])
    })
    it('is the only end of its transaction', async () => {
      const subject = world.open({ max: 1 })
      await subject.transaction((tx) => tx.query(insertEntry(1)))
      await subject.query('select 1')
      expect([count(commit), count(rollback)]).toEqual([1, 0])
    })
  })

  function count(pattern: RegExp): number {
    return world.statements.filter(({ text }) => pattern.test(text)).length
  }
}
