import { expect, it } from 'vitest'
import { createSeededRandom } from '../seeded-random.ts'
import type { ConformanceRow, ConformanceSubject, ConformanceTransaction } from './adapter.ts'
import { type Told, toldOf } from './errors.ts'
import { transactionStatements } from './statement-record.ts'
import { type ConformanceWorld, insertEntry } from './world.ts'

const FAULTS = 1_000
const CALLERS = 8
/** Ten times what they take: a fault that made its caller wait for a deadline would show. */
const BOUND_MS = 30_000

/** Makes one fault with the row `id`, and tells what its caller was told. */
type Fault = (subject: ConformanceSubject, id: number) => Promise<Told<unknown>>

/** A thousand faults of every kind, several at a time, and not a slot lost. */
export function testMixedFaults(world: ConformanceWorld): void {
  it(`${FAULTS} mixed faults cost no slot, and each tells the truth`, async () => {
    const subject = world.open(
      { max: 4 },
      hooksOf(world, () => random() < 0.02),
    )
    const random = createSeededRandom(6)
    const faults = faultsOf(world, random)
    const told = new Map<number, Told<unknown>>()
    const startedAt = performance.now()
    let calls = 0
    let failed = 0
    const caller = async (): Promise<void> => {
      while (failed < FAULTS) {
        calls += 1
        const id = calls
        const fault = faults[Math.floor(random() * faults.length)] ?? abandonStream
        const outcome = await fault(subject, id)
        told.set(id, outcome)
        if (outcome.kind !== 'done') failed += 1
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS)
    const there = new Set(await world.entries())
    const lies = [...told].filter(([id, { kind }]) =>
      kind === 'unknown' ? false : there.has(id) !== (kind === 'done'),
    )
    expect(lies).toEqual([])
  }, 60_000)
}

function hooksOf(
  { adapter }: ConformanceWorld,
  fails: () => boolean,
): Readonly<Record<string, () => Promise<void>>> {
  const run = async (): Promise<void> => {
    if (fails()) throw new Error('the hook refused')
  }
  return Object.fromEntries((adapter.hooks ?? []).map((name) => [name, run]))
}

/** Every kind of fault, the cheap ones several times: a killed backend takes a new connection. */
function faultsOf(world: ConformanceWorld, random: () => number): readonly Fault[] {
  const { begin, commit } = transactionStatements
  const { adapter } = world
  const inTransaction =
    (act: (tx: ConformanceTransaction, id: number) => unknown): Fault =>
    (subject, id) =>
      toldOf(
        subject.transaction(async (tx) => {
          await tx.query(insertEntry(id))
          await act(tx, id)
        }),
      )
  const withTrigger =
    (pattern: (id: number) => RegExp, act: Parameters<ConformanceWorld['onNext']>[1]): Fault =>
    (subject, id) => {
      world.onNext(pattern(id), act)
      return inTransaction(() => {})(subject, id)
    }
  const cheap: readonly Fault[] = [
    inTransaction((tx) => tx.query('select 1 / 0')),
    inTransaction(() => Promise.reject(new Error('changed its mind'))),
    inTransaction((tx) => tx.query('select 1 / 0').catch(() => {})),
    inTransaction((tx, id) => tx.query(`insert into child (parent) values (${-id})`)),
    (subject, id) => toldOf(subject.query(`${insertEntry(id)} returning 1 / 0`)),
    withTrigger(
      () => begin,
      (link) => link.refuseStatement('57P05', 'not now'),
    ),
  ]
  const dear: readonly Fault[] = [
    inTransaction((tx) => tx.query('select pg_terminate_backend(pg_backend_pid())')),
    withTrigger(
      () => begin,
      (link) => link.reset(),
    ),
    withTrigger(
      () => commit,
      (link) => link.reset(),
    ),
    withTrigger(
      () => commit,
      (link) => link.cutAnswer(),
    ),
    withTrigger(
      (id) => new RegExp(`^insert into entry .*\\(${id}\\)`),
      (link) => link.cutAnswer(),
    ),
    ...(adapter.streams ? [abandonStream] : []),
    ...(adapter.aborts ?? []).map(({ name }) => aborted(name, random)),
  ]
  return [...cheap, ...cheap, ...cheap, ...dear]
}

const abandonStream: Fault = async (subject, id) => {
  const read = async (): Promise<void> => {
    const rows: AsyncIterable<ConformanceRow> | undefined = subject.stream?.(
      `select n from generate_series(1, 500) as n /* ${id} */`,
      5,
    )
    for await (const _row of rows ?? []) throw new Error('changed its mind')
  }
  return toldOf(read())
}

/** Aborted while it runs: whether the server was done by then, nobody is told. */
function aborted(strategy: string, random: () => number): Fault {
  return async (subject, id) => {
    const abort = new AbortController()
    const sql = `insert into entry (id) select ${id} from pg_sleep(0.005)`
    const running = subject.abortable?.(strategy).query(sql, abort.signal)
    setTimeout(() => abort.abort(), Math.floor(random() * 5))
    const told = await toldOf<unknown>(running ?? Promise.resolve())
    return told.kind === 'failed' ? { ...told, kind: 'unknown' } : told
  }
}
