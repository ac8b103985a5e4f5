import { type ContenderName, contenderNames, contenderTitles } from '../contenders/contender.ts'

/**
 * Whoever takes part: the contenders, pg-pool with OpenTelemetry's instrumentation, and pg-pool once more,
 * whose distance from itself is the machine's noise.
 */
export type PlainName = ContenderName | 'pg-pool again' | 'opentelemetry'

/** Hale with everything looking at it, by either door to OpenTelemetry. */
export type ObservedName = 'hale-observed' | 'hale-instruments'

export type SpeedName = PlainName | ObservedName

export function isObserved(name: SpeedName): name is ObservedName {
  return name === 'hale-observed' || name === 'hale-instruments'
}

export const titles: Readonly<Record<SpeedName, string>> = {
  ...contenderTitles,
  'pg-pool again': 'pg-pool again',
  opentelemetry: 'pg-pool + OpenTelemetry',
  'hale-observed': 'Hale, observed',
  'hale-instruments': 'Hale, observed through instruments',
}

/**
 * Those whose differences are a few percent. OpenTelemetry is not among them: its exporter works on behind its
 * own slice, in that of whoever comes next.
 */
export const rivals = ['pg-pool', 'hale-pg', 'pg-pool again'] as const

/** What it costs to be looked at. */
export const observed = [
  'pg-pool',
  'hale-pg',
  'hale-observed',
  'hale-instruments',
  'pg-pool again',
] as const

/** Beside what is usually taken to see into a pool. */
export const primary = ['pg-pool', 'hale-pg', 'opentelemetry', 'pg-pool again'] as const

export const everyone: readonly PlainName[] = [...contenderNames, 'opentelemetry', 'pg-pool again']

/** What a contender is compared with: an adapter with its own ORM, the others with pg-pool. */
export function baselineOf(name: SpeedName): PlainName {
  if (name === 'hale-kysely') return 'kysely'
  if (name === 'hale-drizzle') return 'drizzle'
  return 'pg-pool'
}
