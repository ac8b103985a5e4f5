import { describe, expect, it } from 'vitest'
import { waitFor } from '../wait-for.ts'
import type { ConformanceAbortable } from './adapter.ts'
import { causesOf, errorOf, toldOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry, lockStatement, pidOf } from './world.ts'

const { begin, commit } = transactionStatements
const manyRows = "select n, repeat('x', 1000) as filler from generate_series(1, 20000) as n"

/** Aborting, at every await. */
export function testAborts(world: ConformanceWorld): void {
  const { aborts = [] } = world.adapter
  describe.skipIf(aborts.length === 0)('an abort', () => {
    describe.each(aborts)('($name)', ({ name, cancels, queued = false }) => {
      const gaveUp = new Error('gave up')

      it('before anything was sent rejects, and sends nothing', async () => {
        const { abortable } = open()
        const error = await errorOf(abortable.query(insertEntry(1), AbortSignal.abort(gaveUp)))
        expect(causesOf(error)).toContain(gaveUp)
        expect(world.statements.filter(({ text }) => text === insertEntry(1))).toEqual([])
      })
      it('while waiting for a slot rejects at once, and takes none', async () => {
        const { subject, abortable } = open()
        const abort = new AbortController()
        await subject.transaction(async () => {
          const waiting = errorOf(abortable.query(insertEntry(1), abort.signal))
          abort.abort(gaveUp)
          expect(causesOf(await waiting)).toContain(gaveUp)
        })
        expect(await pidOf(subject)).toBeGreaterThan(0)
        expect(await world.entries()).toEqual([])
      })
      it.skipIf(!queued)('while its transaction waits for a slot sends no BEGIN', async () => {
        const { subject, abortable } = open()
        const abort = new AbortController()
        const use = async (): Promise<void> => {}
        await subject.transaction(async () => {
          const waiting = errorOf(abortable.transaction?.(use, abort.signal) ?? use())
          abort.abort(gaveUp)
          expect(causesOf(await waiting)).toContain(gaveUp)
        })
        await pidOf(subject)
        expect(world.statements.filter(({ text }) => begin.test(text))).toHaveLength(1)
      })
      it('under a statement rejects at once, and its slot comes back', async () => {
        const { subject, abortable } = open()
        const abort = new AbortController()
        const lock = await world.holdLock()
        const running = errorOf(abortable.query(lockStatement, abort.signal))
        const pid = await lock.untilAwaited()
        abort.abort(gaveUp)
        expect(causesOf(await running)).toContain(gaveUp)
        if (cancels) await untilNobodyRuns(pid)
        await lock.release()
        expect(await pidOf(subject)).toBeGreaterThan(0)
      })
      it('under a statement hits no statement of another', async () => {
        const { subject, abortable } = open()
        for (let attempt = 1; attempt <= 10; attempt += 1) {
          const abort = new AbortController()
          const first = toldOf(abortable.query(insertEntry(attempt), abort.signal))
          world.onNext(new RegExp(`^insert .*\\(${attempt}\\)`), () => abort.abort(gaveUp))
          const next = subject.query(`select ${attempt} as n from pg_sleep(0.01)`)
          await first
          expect(await next).toEqual([{ n: attempt }])
        }
      })
      it.for([
        ['BEGIN', begin],
        ['its statement', /^insert/i],
        ['COMMIT', commit],
      ] as const)('under %s of a transaction tells the truth', async ([, pattern], { skip }) => {
        const { subject, abortable } = open()
        if (abortable.transaction === undefined) return skip('not known')
        const abort = new AbortController()
        world.onNext(pattern, () => abort.abort(gaveUp))
        const told = await toldOf(
          abortable.transaction((tx) => tx.query(insertEntry(1)), abort.signal),
        )
        await pidOf(subject) // max 1: whatever still ran is over
        if (told.kind === 'done') expect(await world.entries()).toEqual([1])
        if (told.kind === 'failed') expect(await world.entries()).toEqual([])
      })
      it('under a statement of a transaction rejects, and rolls it back', async ({ skip }) => {
        const { subject, abortable } = open()
        if (abortable.transaction === undefined) return skip('not known')
        const abort = new AbortController()
        const lock = await world.holdLock()
        const transaction = errorOf(
          abortable.transaction(async (tx) => {
            await tx.query(insertEntry(1))
            await tx.query(lockStatement)
          }, abort.signal),
        )
        const pid = await lock.untilAwaited()
        abort.abort(gaveUp)
        if (cancels) await untilNobodyRuns(pid)
        await lock.release()
        expect(causesOf(await transaction)).toContain(gaveUp)
        await pidOf(subject)
        expect(await world.entries()).toEqual([])
      })
      it('under a stream rejects, and its slot comes back', async ({ skip }) => {
        const { subject, abortable } = open()
        if (abortable.stream === undefined) return skip('not known')
        const abort = new AbortController()
        const stream = abortable.stream(manyRows, 5, abort.signal)
        const read = async (): Promise<void> => {
          for await (const _row of stream) abort.abort(gaveUp)
        }
        expect(causesOf(await errorOf(read()))).toContain(gaveUp)
        expect(await pidOf(subject)).toBeGreaterThan(0)
      })

      function open(): {
        subject: ReturnType<ConformanceWorld['open']>
        abortable: ConformanceAbortable
      } {
        const subject = world.open({ max: 1 })
        const abortable = subject.abortable?.(name)
        if (abortable === undefined) throw new Error(`the subject knows no way to ${name}`)
        return { subject, abortable }
      }
    })
  })

  /** Resolves once the backend runs nothing, or is gone. */
  async function untilNobodyRuns(processId: number): Promise<void> {
    const text = "select from pg_stat_activity where pid = $1 and state = 'active'"
    const isQuiet = async (): Promise<boolean> => {
      const { rowCount } = await world.admin.query(text, [processId])
      return rowCount === 0
    }
    await waitFor(isQuiet, { describe: 'the statement to end on the server' })
  }
}
