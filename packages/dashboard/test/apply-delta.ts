import type {
  DashboardDelta,
  DashboardState,
  PoolView,
  Series,
  TimelineEntry,
} from '../src/index.ts'

/** What a viewer has after a delta, by the words of the contract and nothing else. */
export function applyDelta(state: DashboardState, delta: DashboardDelta): DashboardState {
  const pools = new Map(Object.entries(state.pools))
  for (const [name, change] of Object.entries(delta.pools)) {
    const known = pools.get(name)
    if (change === null) pools.delete(name)
    else if (known === undefined) pools.set(name, change as PoolView)
    else pools.set(name, { ...known, ...change, ...grown(known, change) })
  }
  return { version: 1, at: delta.at, pools: Object.fromEntries(pools) }
}

function grown(known: PoolView, { series, timeline = [] }: Partial<PoolView>): Partial<PoolView> {
  const names = Object.keys(known.series) as (keyof Series)[]
  const columns = names.map((name) => [name, [...known.series[name], ...(series?.[name] ?? [])]])
  const entries = new Map<number, TimelineEntry>()
  for (const entry of [...known.timeline, ...timeline]) entries.set(entry.id, entry)
  const latest = [...entries.values()].sort((a, b) => b.id - a.id).slice(0, 200)
  return { series: Object.fromEntries(columns) as unknown as Series, timeline: latest }
}
