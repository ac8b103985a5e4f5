import { describe, expect, it } from 'vitest'
import type { FaultLink } from '../proxy/fault-link.ts'
import type { ConformancePoolSettings } from './adapter.ts'
import { errorOf, sqlStateOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, pidOf } from './world.ts'

interface Failure {
  readonly because: string
  readonly fail: (link: FaultLink) => void
  readonly settings?: Partial<ConformancePoolSettings>
}

const failures: readonly Failure[] = [
  { because: 'the connection is cut before it', fail: (link) => link.reset() },
  { because: 'the connection is cut before its answer', fail: (link) => link.cutAnswer() },
  { because: 'the server refuses it', fail: (link) => link.refuseStatement('XX000', 'no', 'T') },
  {
    because: 'it is never answered',
    fail: (link) => link.freeze(),
    settings: { query_timeout: 750 },
  },
]

/** A ROLLBACK that fails. */
export function testRollbacks(world: ConformanceWorld): void {
  describe.each(failures)('a ROLLBACK that fails because $because', ({ fail, settings }) => {
    it('hides no error of the function, and its connection is not lent again', async () => {
      const subject = world.open({ max: 1, ...settings })
      const changedItsMind = new Error('changed its mind')
      let pid = 0
      world.onNext(transactionStatements.rollback, fail)
      const failing = subject.transaction(async (tx) => {
        pid = await pidOf(tx)
        await tx.query(insertEntry(1))
        throw changedItsMind
      })
      expect(await errorOf(failing)).toBe(changedItsMind)
      expect(await pidOf(subject)).not.toBe(pid)
      expect(await world.entries()).toEqual([])
    })
    it('hides no error of a statement', async () => {
      const subject = world.open({ max: 1, ...settings })
      world.onNext(transactionStatements.rollback, fail)
      const failing = subject.transaction(async (tx) => {
        await tx.query(insertEntry(1))
        await tx.query('select 1 / 0')
      })
      expect(sqlStateOf(await errorOf(failing))).toBe('22012')
      await subject.transaction((tx) => tx.query(insertEntry(2)))
      expect(await world.entries()).toEqual([2])
    })
  })
}
