import type { ContenderName, Operation } from '../contender/messages.ts'
import type { Act, Strike } from './acts.ts'
import type { ConnectionFact, ContenderRecord, Crash } from './contender-record.ts'
import { type ActTimes, type Figures, figuresOf, healedAfterMs, splitByFault } from './measure.ts'
import type { PerContender } from './per-contender.ts'
import type { Ledger } from './shop-database.ts'

/** What one act did to one contender. */
export interface ActOutcome {
  readonly strikes: number
  readonly before: Figures
  readonly during: Figures
  readonly after: Figures
  /** From the first strike until the pool said or did something about that connection. */
  readonly noticedMs: number | undefined
  readonly noticedBy: string | undefined
  readonly healedMs: number | undefined
  /** Whether the process had died by then. */
  readonly healedByRestart: boolean
  /** Half-done orders that somebody else committed. */
  readonly strayOrders: number
  /** Connections that the pool replaced from the fault on, by reason. */
  readonly swapped: Readonly<Record<string, number>>
  readonly crashes: number
}

/** What the audience saw of one act, besides what the contender told. */
export interface Aftermath {
  readonly strikes: readonly Strike[]
  /** When the shop's last statement went over a broken link, as of the end of the fault. */
  readonly lastUsedAt: number | undefined
  readonly strayOrders: number
}

/** What the whole run was like for one contender. */
export interface RunOutcome {
  /** Statements that its clients sent, counted on the wire. */
  readonly queries: number
  readonly operations: number
  readonly failures: number
  /** With `N` for every number. */
  readonly failuresByMessage: Readonly<Record<string, number>>
  readonly swapped: Readonly<Record<string, number>>
  readonly crashes: readonly Crash[]
  /** Slots that were never given back. */
  readonly taken: number | undefined
  readonly ledger: Ledger
}

export type ActsOutcome = readonly {
  readonly id: Act['id']
  readonly title: string
  readonly lastedMs: number
  readonly outcomes: PerContender<ActOutcome>
}[]

export interface DemoOutcome {
  readonly wallMs: number
  readonly serverVersion: string
  readonly quick: boolean
  readonly acts: ActsOutcome
  readonly run: PerContender<RunOutcome>
}

/** Reads one act's outcome off what the contender told. */
export function outcomeOfAct(
  record: ContenderRecord,
  times: ActTimes,
  { strikes, lastUsedAt, strayOrders }: Aftermath,
): ActOutcome {
  const { beganAt, struckAt, undoneAt, endedAt } = times
  const { before, during, after } = splitByFault(record.operations, times)
  const healedMs = strayOrders > 0 ? undefined : healedAfterMs(record.operations, times, lastUsedAt)
  const crashes = record.crashes.filter(({ at }) => at >= struckAt && at < endedAt)
  const noticed = firstNotice(record.noticed, strikes[0], undoneAt)
  return {
    strikes: strikes.length,
    before: figuresOf(before, struckAt - beganAt),
    during: figuresOf(during, undoneAt - struckAt),
    after: figuresOf(after, endedAt - undoneAt),
    noticedMs: noticed?.afterMs,
    noticedBy: noticed?.what,
    healedMs,
    healedByRestart: healedMs !== undefined && crashes.some(({ at }) => at - struckAt <= healedMs),
    strayOrders,
    swapped: countBy(
      record.swapped.filter(({ at }) => at >= struckAt && at < endedAt),
      ({ what }) => what,
    ),
    crashes: crashes.length,
  }
}

export function outcomeOfRun(record: ContenderRecord, queries: number, ledger: Ledger): RunOutcome {
  const { operations, swapped, crashes, taken } = record
  const failed = operations.filter(({ outcome }) => outcome === 'failed')
  return {
    queries,
    operations: operations.length,
    failures: failed.length,
    failuresByMessage: countBy(failed, ({ error }) => withoutNumbers(error ?? 'unknown')),
    swapped: countBy(swapped, ({ what }) => what),
    crashes,
    taken,
    ledger,
  }
}

/** The tags of all writes that the contender was told are done. */
export function acknowledgedTags(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ tag }) => (tag === undefined ? [] : [tag]))
}

/** What must not happen to a contender that keeps connections healthy; empty when all is well. */
export function problemsOf(name: ContenderName, { acts, run }: DemoOutcome): string[] {
  const { crashes, ledger } = run[name]
  const standstills = acts.filter(({ outcomes }) => outcomes[name].after.operations === 0)
  return [
    ...crashes.map(({ reason }) => `its process died of: ${reason}`),
    ...standstills.map(({ title }) => `nothing was done any more after "${title}"`),
    ...(ledger.lost > 0 ? [`${ledger.lost} acknowledged writes are lost`] : []),
    ...(ledger.doubled > 0 ? [`${ledger.doubled} writes are doubled`] : []),
    ...(ledger.committedByStrangers > 0
      ? [`${ledger.committedByStrangers} half-done orders are committed`]
      : []),
    ...(ledger.unitsOff > 0 ? [`the stock is off by ${ledger.unitsOff}`] : []),
  ]
}

/** Sum of the values. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function firstNotice(
  facts: readonly ConnectionFact[],
  strike: Strike | undefined,
  until: number,
): { readonly afterMs: number; readonly what: string } | undefined {
  if (strike === undefined) return undefined
  const fact = facts.find(
    ({ at, processId }) => processId === strike.processId && at >= strike.at && at < until,
  )
  return fact === undefined ? undefined : { afterMs: fact.at - strike.at, what: fact.what }
}

/** So that errors which differ in their counts are the same error. */
function withoutNumbers(message: string): string {
  return message.replaceAll(/\d+/g, 'N')
}

function countBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[keyOf(value)] = (counts[keyOf(value)] ?? 0) + 1
  return counts
}
