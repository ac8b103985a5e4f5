import type { Figures } from '../stage/measure.ts'
import type { ActOutcome } from '../stage/outcome.ts'

/** `12 ms`, `1.3 s`; a dash for what was not measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return '–'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** Median and 99th percentile, side by side. */
export function formatQuantiles({ p50Ms, p99Ms }: Figures): string {
  return p50Ms === undefined ? 'nothing ended' : `${formatMs(p50Ms)} / ${formatMs(p99Ms)}`
}

/** `1 latency, 2 lost`; `0` for none. */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return parts.length === 0 ? '0' : parts.join(', ')
}

/** When the pool noticed, and by what. */
export function formatNoticed({ strikes, noticedMs, noticedBy }: ActOutcome): string {
  if (strikes === 0) return 'there was nothing to break'
  return noticedMs === undefined ? 'never' : `${formatMs(noticedMs)} (${noticedBy})`
}

/** When the shop felt nothing any more, and whose doing that was. */
export function formatHealed({
  strikes,
  healedMs,
  strayOrders,
  healedByRestart,
}: ActOutcome): string {
  if (strikes === 0) return '–'
  if (strayOrders > 0) return `never (${strayOrders} wrong orders stay)`
  if (healedMs === undefined) return 'never'
  if (healedByRestart) return `${formatMs(healedMs)} (by the restart)`
  return healedMs === 0 ? 'at once' : formatMs(healedMs)
}
