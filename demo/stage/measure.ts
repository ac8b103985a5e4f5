import type { Operation } from '../contender/messages.ts'

/** The shop's operations within one span of time. Failed ones count in the latencies too. */
export interface Figures {
  readonly operations: number
  readonly failures: number
  readonly perSecond: number
  /** `undefined` without operations. */
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly slowestMs: number | undefined
}

/** When one act began, struck, was undone and ended. */
export interface ActTimes {
  readonly beganAt: number
  readonly struckAt: number
  readonly undoneAt: number
  readonly endedAt: number
}

/** A span this long in which nothing at all ended is trouble too, ms. */
const STALL_MS = 500

/** Healed means that the rest of the act was well, and that this much of it was left, ms. */
const CALM_MS = 1_000

/** The value below which `ratio` of the ascending `values` lie; nearest rank. */
export function percentile(ascending: readonly number[], ratio: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(ratio * ascending.length) - 1)]
}

export function figuresOf(operations: readonly Operation[], spanMs: number): Figures {
  const tookMs = operations
    .map(({ startedAt, endedAt }) => endedAt - startedAt)
    .sort((a, b) => a - b)
  return {
    operations: operations.length,
    failures: operations.filter(({ outcome }) => outcome === 'failed').length,
    perSecond: spanMs > 0 ? (operations.length * 1_000) / spanMs : 0,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    slowestMs: tookMs.at(-1),
  }
}

/** Before: what ended before the fault. After: what began when it was undone. During: all between. */
export function splitByFault(
  operations: readonly Operation[],
  times: ActTimes,
): { readonly before: Operation[]; readonly during: Operation[]; readonly after: Operation[] } {
  const { beganAt, struckAt, undoneAt, endedAt } = times
  const inAct = operations.filter((each) => each.startedAt >= beganAt && each.endedAt < endedAt)
  return {
    before: inAct.filter((each) => each.endedAt < struckAt),
    during: inAct.filter((each) => each.endedAt >= struckAt && each.startedAt < undoneAt),
    after: inAct.filter((each) => each.startedAt >= undoneAt),
  }
}

/**
 * Ms from the fault until the shop felt nothing of it any more: no operation failed, none stood still,
 * and nothing went over a broken connection (last at `lastUsedAt`). `undefined` when that was not so
 * before the fault was undone. Latencies do not decide: on a busy machine they would decide by chance.
 */
export function healedAfterMs(
  operations: readonly Operation[],
  times: ActTimes,
  lastUsedAt: number | undefined,
): number | undefined {
  const { struckAt, undoneAt } = times
  const ended = operations.filter(({ endedAt }) => endedAt >= struckAt && endedAt < undoneAt)
  const failedAt = ended.filter(({ outcome }) => outcome === 'failed').map(({ endedAt }) => endedAt)
  const troubles = [...failedAt, ...stallsOf(ended, struckAt, undoneAt), lastUsedAt ?? struckAt]
  const lastTroubleAt = Math.max(struckAt, ...troubles)
  return lastTroubleAt > undoneAt - CALM_MS ? undefined : lastTroubleAt - struckAt
}

/** The ends of the spans in which nothing ended. */
function stallsOf(operations: readonly Operation[], from: number, until: number): number[] {
  const instants = [from, ...operations.map(({ endedAt }) => endedAt), until].sort((a, b) => a - b)
  return instants.filter((at, index) => at - (instants[index - 1] ?? at) >= STALL_MS)
}
