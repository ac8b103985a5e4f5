import { describe, expect, it } from 'vitest'
import { waitFor } from '../wait-for.ts'
import type { ConformanceRow, ConformanceSubject } from './adapter.ts'
import { errorOf, sqlStateOf } from './errors.ts'
import { type ConformanceWorld, pidOf } from './world.ts'

const CHUNK = 5
const manyRows = "select n, repeat('x', 1000) as filler from generate_series(1, 20000) as n"

/** Streams: read to the end, and not. */
export function testStreams(world: ConformanceWorld): void {
  describe.skipIf(!world.adapter.streams)('a stream', () => {
    it('gives every row in order', async () => {
      const subject = world.open({ max: 1 })
      const seen: unknown[] = []
      for await (const { n } of open(subject, 'select n from generate_series(1, 23) as n')) {
        seen.push(n)
      }
      expect(seen).toEqual(Array.from({ length: 23 }, (_, index) => index + 1))
    })
    it('that a loop breaks off gives its slot back', async () => {
      const subject = world.open({ max: 1 })
      for await (const _row of open(subject, manyRows)) break
      expect(await pidOf(subject)).toBeGreaterThan(0)
    })
    it('whose reader throws gives its slot back, and hides no error', async () => {
      const subject = world.open({ max: 1 })
      const changedItsMind = new Error('changed its mind')
      const read = async (): Promise<void> => {
        for await (const _row of open(subject, manyRows)) throw changedItsMind
      }
      expect(await errorOf(read())).toBe(changedItsMind)
      expect(await pidOf(subject)).toBeGreaterThan(0)
    })
    it('that fails half-way rejects with its SQLSTATE, and gives its slot back', async () => {
      const subject = world.open({ max: 1 })
      const failing = 'select 1 / (n - 50) as n from generate_series(1, 100) as n'
      expect(sqlStateOf(await errorOf(readAll(open(subject, failing))))).toBe('22012')
      expect(await pidOf(subject)).toBeGreaterThan(0)
    })
    it('that is never read further does not keep the pool from ending', async () => {
      const subject = world.open({ max: 1, endTimeoutMs: 100 })
      const rows = open(subject, manyRows)[Symbol.asyncIterator]()
      expect((await rows.next()).done).toBe(false)
      await subject.pool.end()
      expect(subject.pool.ended).toBe(true)
    })
    it('whose backend is killed rejects, and gives its slot back', async () => {
      const subject = world.open({ max: 1 })
      const rows = open(subject, manyRows)[Symbol.asyncIterator]()
      await rows.next()
      const pid = subject.pool.snapshot().connections[0]?.processId ?? 0
      await world.terminate(pid)
      let end: unknown
      const reading = errorOf(readRest(rows)).then((error) => {
        end = error
      })
      await waitFor(() => end, { describe: 'the reader to be told', timeoutMs: 5_000 })
      await reading
      expect(end).toBeInstanceOf(Error)
      expect(await pidOf(subject)).not.toBe(pid)
    })
    it('whose connection is cut rejects, and gives its slot back', async () => {
      const subject = world.open({ max: 1 })
      const rows = open(subject, manyRows)[Symbol.asyncIterator]()
      await rows.next()
      world.proxy.all.reset()
      let end: unknown
      const reading = errorOf(readRest(rows)).then((error) => {
        end = error
      })
      await waitFor(() => end, { describe: 'the reader to be told', timeoutMs: 5_000 })
      await reading
      expect(await pidOf(subject)).toBeGreaterThan(0)
    })
  })
}

function open(subject: ConformanceSubject, sql: string): AsyncIterable<ConformanceRow> {
  if (subject.stream === undefined) throw new Error('the adapter streams, and its subject does not')
  return subject.stream(sql, CHUNK)
}

async function readAll(rows: AsyncIterable<ConformanceRow>): Promise<void> {
  await readRest(rows[Symbol.asyncIterator]())
}

async function readRest(rows: AsyncIterator<ConformanceRow>): Promise<void> {
  while (!(await rows.next()).done);
}
