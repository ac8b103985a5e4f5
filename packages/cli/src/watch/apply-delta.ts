import type {
  DashboardDelta,
  DashboardState,
  PoolView,
  Series,
  TimelineEntry,
} from '@hale/dashboard'

/** Pools as they are known. In a map, since any name is a name there. */
export interface WatchedState {
  readonly at: number
  readonly pools: ReadonlyMap<string, PoolView>
}

/** As many as a terminal is wide, and then some. */
const MOST_SAMPLES = 400
const MOST_ENTRIES = 200
const MOST_POOLS = 1_000

export function fromState({ at, pools }: DashboardState): WatchedState {
  return { at, pools: new Map(Object.entries(pools).slice(0, MOST_POOLS)) }
}

/** Series and timelines grow, within bounds; everything else is replaced. */
export function applyDelta(state: WatchedState, delta: DashboardDelta): WatchedState {
  const pools = new Map(state.pools)
  for (const [name, change] of Object.entries(delta.pools)) {
    const before = pools.get(name)
    if (change === null) pools.delete(name)
    else if (before !== undefined) pools.set(name, withChange(before, change))
    else if (pools.size < MOST_POOLS) pools.set(name, change as PoolView) // of a new pool all is told
  }
  return { at: delta.at, pools }
}

function withChange(before: PoolView, change: Partial<PoolView>): PoolView {
  const { series, timeline } = change
  return {
    ...before,
    ...change,
    series: series === undefined ? before.series : grow(before.series, series),
    timeline: timeline === undefined ? before.timeline : merge(before.timeline, timeline),
  }
}

function grow(before: Series, added: Series): Series {
  const latest = before.at.at(-1) ?? Number.NEGATIVE_INFINITY
  const from = added.at.findIndex((at) => at > latest) // of a state that came twice nothing counts twice
  if (from === -1) return before
  const join = <Value>(old: readonly Value[], more: readonly Value[]): readonly Value[] =>
    [...old, ...more.slice(from)].slice(-MOST_SAMPLES)
  return {
    at: join(before.at, added.at),
    statementsPerSecond: join(before.statementsPerSecond, added.statementsPerSecond),
    meanMs: join(before.meanMs, added.meanMs),
    p95Ms: join(before.p95Ms, added.p95Ms),
    failuresPerSecond: join(before.failuresPerSecond, added.failuresPerSecond),
    leased: join(before.leased, added.leased),
    waiting: join(before.waiting, added.waiting),
    unhealthy: join(before.unhealthy, added.unhealthy),
  }
}

/** The latest first. An entry that comes again says more than it did. */
function merge(
  before: readonly TimelineEntry[],
  added: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const byId = new Map([...before, ...added].map((entry) => [entry.id, entry]))
  return [...byId.values()].sort((one, other) => other.id - one.id).slice(0, MOST_ENTRIES)
}
