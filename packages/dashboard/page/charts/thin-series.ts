import type { Series } from '../../src/state/dashboard-state.ts'

type Column = Exclude<keyof Series, 'at'>

/** What becomes of several samples in one column: what is bad in any of them must not be lost. */
const thinning: Readonly<Record<Column, (values: readonly number[]) => number>> = {
  statementsPerSecond: mean,
  meanMs: mean,
  p95Ms: max,
  failuresPerSecond: max,
  leased: mean,
  waiting: max,
  unhealthy: max,
}

/** More columns are only a thick line. */
const maxColumns = 240
const roundMs = [2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]

/**
 * The series in fewer columns, each of a round time of the clock, so that a column does not change when
 * others come; the latest sample stays as it is.
 */
export function thinSeries(series: Series): Series {
  const { at } = series
  const spanMs = (at.at(-1) ?? 0) - (at[0] ?? 0)
  if (at.length <= maxColumns) return series
  const columnMs = roundMs.find((ms) => spanMs / ms <= maxColumns) ?? spanMs / maxColumns
  const starts = at.flatMap((time, index) => {
    const isLast = index === at.length - 1
    const before = at[index - 1] ?? Number.NEGATIVE_INFINITY
    return isLast || Math.floor(time / columnMs) !== Math.floor(before / columnMs) ? [index] : []
  })
  const merge = <T extends number | null>(column: Column): T[] =>
    starts.map((start, index) => {
      const values = (series[column] as readonly T[]).slice(start, starts[index + 1])
      const known = values.filter((value) => value !== null)
      return (known.length === 0 ? null : thinning[column](known)) as T
    })
  return {
    at: starts.map((start) => at[start] ?? 0),
    statementsPerSecond: merge('statementsPerSecond'),
    meanMs: merge('meanMs'),
    p95Ms: merge('p95Ms'),
    failuresPerSecond: merge('failuresPerSecond'),
    leased: merge('leased'),
    waiting: merge('waiting'),
    unhealthy: merge('unhealthy'),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

function max(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b))
}
