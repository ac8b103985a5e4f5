import { quantile } from '../statistics.ts'
import { leftOpenEnding, type Operation } from './messages.ts'

/** What one contender went through in one fault. */
export interface Cell {
  readonly fault: string
  readonly contender: string
  /** Why the process died; `undefined` for one that lived. */
  readonly died: string | undefined
  readonly operations: number
  /** Operations that rejected after the fault, whatever they were told. */
  readonly failures: number
  /** Of these: the work was on what broke. */
  readonly unavoidable: number
  /** Longest that a caller waited for an operation after the fault, ms; what the process itself stood still aside. */
  readonly longestStallMs: number
  /** From the fault to the first sign that the contender noticed it, ms. */
  readonly detectedMs: number | undefined
  readonly detectedBy: string | undefined
  /** 99th percentile before the fault, ms. */
  readonly usualP99Ms: number
  /** From the fault until the 99th percentile is within 1.5 times of that again, ms; `undefined` for never. */
  readonly healedMs: number | undefined
  /** Connections opened after the fault, whatever for. */
  readonly opened: number
  /** A link that broke without closing was still in the pool at the end. */
  readonly kept: boolean
  /** Callers who had no answer when their timeouts had passed. */
  readonly stuck: number
  /** Slots of the pool that serve nobody in the end. */
  readonly leaked: number
  /** Acknowledged writes that are not there. */
  readonly lost: number
  /** Writes that are there more than once. */
  readonly doubled: number
  /** Writes that were committed although nobody told them to be. */
  readonly strays: number
  /** Texts of writes that went over the wire more than once. */
  readonly sentTwice: number
  /** What the callers were told, by how often. */
  readonly errors: Readonly<Record<string, number>>
}

/** Instants of one cell, on the clock of the operations. */
export interface CellTimes {
  readonly beganAt: number
  readonly struckAt: number
  /** When the process could answer again; the same as `struckAt` for most faults. */
  readonly resumedAt: number
  readonly endedAt: number
}

/** Normal again is a 99th percentile of at most this much of the usual one, over a span. */
const healedRatio = 1.5
/** On a machine of two cores a neighbour costs that much now and then, which is no matter of connections. */
const noiseMs = 15
const spanMs = 3_000
const stepMs = 100

/** How long an operation took, at least: one that never ended took until the end. */
function tookMs({ startedAt, endedAt }: Operation, until: number): number {
  return (endedAt ?? until) - startedAt
}

/** The 99th percentile of what began within a span; `undefined` without operations. */
export function p99Of(
  operations: readonly Operation[],
  { from, to, until }: { readonly from: number; readonly to: number; readonly until: number },
): number | undefined {
  const durations = operations
    .filter(({ startedAt }) => startedAt >= from && startedAt < to)
    .map((operation) => tookMs(operation, until))
  return durations.length === 0
    ? undefined
    : quantile(
        durations.toSorted((a, b) => a - b),
        0.99,
      )
}

/**
 * Ms from the fault to the first span of normality after the last failure; `undefined` when there is none.
 */
export function healedAfterMs(
  operations: readonly Operation[],
  { struckAt, resumedAt, endedAt }: CellTimes,
  usualP99Ms: number,
): number | undefined {
  const limitMs = Math.max(usualP99Ms * healedRatio, usualP99Ms + noiseMs)
  const failedAt = operations.flatMap(({ error, endedAt: at }) => {
    return error !== undefined && at !== undefined && at >= struckAt && at < endedAt ? [at] : []
  })
  const first = Math.max(resumedAt, ...failedAt)
  for (let from = first; from + spanMs <= endedAt; from += stepMs) {
    const p99Ms = p99Of(operations, { from, to: from + spanMs, until: endedAt })
    if (p99Ms !== undefined && p99Ms <= limitMs) return from - struckAt
  }
  return undefined
}

/** The longest wait after the fault; waits that began before the process could answer again count from then. */
export function longestStallOf(
  operations: readonly Operation[],
  { struckAt, resumedAt, endedAt }: CellTimes,
): number {
  const waits = operations
    .filter((operation) => (operation.endedAt ?? endedAt) >= struckAt)
    .map((operation) => {
      const at = Math.min(operation.endedAt ?? endedAt, endedAt) // what comes after the end is the bench's own doing
      const from =
        resumedAt > struckAt ? Math.max(operation.startedAt, resumedAt) : operation.startedAt
      return at - from
    })
  return Math.max(0, ...waits)
}

/** What became of the writes, against what their callers were told. */
export function auditWrites(
  operations: readonly Operation[],
  rows: ReadonlyMap<string, number>,
): Pick<Cell, 'lost' | 'doubled' | 'strays'> {
  const acknowledged = operations
    .filter(({ endedAt, error }) => endedAt !== undefined && error === undefined)
    .flatMap(({ tags }) => tags)
  return {
    lost: acknowledged.filter((tag) => !rows.has(tag)).length,
    doubled: [...rows.values()].filter((count) => count > 1).length,
    strays: [...rows.keys()].filter((tag) => tag.endsWith(leftOpenEnding)).length,
  }
}

/** A caller is stuck who waits this long after the fault, ms: `query_timeout` is 5 s, where there is one. */
const stuckAfterMs = 7_000

/** Callers without an answer at the end, who have waited so long that none will come. */
export function countStuck(operations: readonly Operation[], endedAt: number): number {
  return operations.filter(({ startedAt, endedAt: at }) => {
    return startedAt < endedAt - stuckAfterMs && (at === undefined || at > endedAt)
  }).length
}

export function countErrors(operations: readonly Operation[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { error } of operations) {
    if (error !== undefined) counts[error] = (counts[error] ?? 0) + 1
  }
  return counts
}
