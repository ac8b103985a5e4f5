import type {
  DashboardDelta,
  DashboardState,
  PoolView,
  Series,
  TimelineEntry,
} from './dashboard-state.ts'

/** What a viewer has. Pools are in a map: any name is a name there, `__proto__` among them. */
export interface LiveState {
  readonly at: number
  readonly pools: ReadonlyMap<string, PoolView>
}

const windowMs = 3_600_000
const maxColumns = 7_200
const maxEntries = 200
const maxPools = 10_000

/** What a viewer has of the first event of the stream, `state`. */
export function toLiveState({ at, pools }: DashboardState): LiveState {
  return { at, pools: new Map(Object.entries(pools).slice(0, maxPools)) }
}

/**
 * What a viewer has after an event `delta`: series and timelines grow, within bounds (an hour of at most 7,200
 * samples, 200 entries, 10,000 pools); everything else is replaced.
 */
export function applyDelta(state: LiveState, delta: DashboardDelta): LiveState {
  const pools = new Map(state.pools)
  for (const [name, change] of Object.entries(delta.pools)) {
    const known = pools.get(name)
    if (change === null) pools.delete(name)
    else if (known !== undefined) pools.set(name, applyChange(known, change))
    else if (pools.size < maxPools) pools.set(name, change as PoolView) // of a new pool everything is new
  }
  return { at: delta.at, pools }
}

function applyChange(before: PoolView, change: Partial<PoolView>): PoolView {
  return {
    ...before,
    ...change,
    series:
      change.series === undefined ? before.series : appendSeries(before.series, change.series),
    timeline:
      change.timeline === undefined
        ? before.timeline
        : mergeTimeline(before.timeline, change.timeline),
  }
}

function appendSeries(before: Series, added: Series): Series {
  const latest = before.at.at(-1) ?? Number.NEGATIVE_INFINITY
  const from = added.at.findIndex((at) => at > latest) // of a state that came twice nothing counts twice
  if (from === -1) return before
  const at = [...before.at, ...added.at.slice(from)]
  const oldest = (at.at(-1) ?? 0) - Math.max(windowMs, latest - (before.at[0] ?? latest))
  const drop = Math.max(
    at.length - maxColumns,
    at.findIndex((column) => column >= oldest),
  )
  const join = <T>(old: readonly T[], more: readonly T[]): readonly T[] =>
    [...old, ...more.slice(from)].slice(drop)
  return {
    at: at.slice(drop),
    statementsPerSecond: join(before.statementsPerSecond, added.statementsPerSecond),
    meanMs: join(before.meanMs, added.meanMs),
    p95Ms: join(before.p95Ms, added.p95Ms),
    failuresPerSecond: join(before.failuresPerSecond, added.failuresPerSecond),
    leased: join(before.leased, added.leased),
    waiting: join(before.waiting, added.waiting),
    unhealthy: join(before.unhealthy, added.unhealthy),
  }
}

/** The latest first. An entry that comes again says more than it did: which connection took the place. */
function mergeTimeline(
  before: readonly TimelineEntry[],
  added: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const entries = new Map(before.map((entry) => [entry.id, entry]))
  for (const entry of added) entries.set(entry.id, entry)
  return [...entries.values()].sort((a, b) => b.id - a.id).slice(0, maxEntries)
}
