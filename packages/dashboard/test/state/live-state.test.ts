import { describe, expect, it } from 'vitest'
import type { Series } from '../../src/state/dashboard-state.ts'
import { applyDelta, toLiveState } from '../../src/state/live-state.ts'
import { startedAt } from '../page/started-at.ts'
import { calmPool, seriesOf, stateOf, troubledPool } from '../page/states.ts'

const minute = 60_000

describe('what a viewer has', () => {
  it('takes what a delta has of a pool and keeps the rest', () => {
    const before = toLiveState(stateOf({ primary: calmPool(), other: calmPool(1) }))
    const delta = { at: startedAt + 2_000, pools: { primary: { mode: 'observe' as const } } }
    const after = applyDelta(before, delta)
    expect(after.at).toBe(startedAt + 2_000)
    expect(after.pools.get('primary')).toEqual({ ...calmPool(), mode: 'observe' })
    expect(after.pools.get('other')).toBe(before.pools.get('other'))
  })

  it('adds a pool that joined and forgets one that left', () => {
    const before = toLiveState(stateOf({ primary: calmPool() }))
    const after = applyDelta(before, { at: 1, pools: { primary: null, late: calmPool(2) } })
    expect([...after.pools.keys()]).toEqual(['late'])
  })

  it('takes any name for a name, and bounds how many there are', () => {
    const state = toLiveState(JSON.parse('{"at":1,"pools":{"__proto__":{"counts":{}}}}'))
    expect([...state.pools.keys()]).toEqual(['__proto__'])
    const pool = calmPool()
    const many = Array.from({ length: 11_000 }, (_, id) => [`pool ${id}`, pool] as const)
    const after = applyDelta(state, { at: 2, pools: Object.fromEntries(many) })
    expect(after.pools.size).toBe(10_000)
  })

  it('appends columns that are new, and drops those of more than an hour ago', () => {
    const series = seriesOf(startedAt, 3_600_000 / 4_000 + 1)
    const before = toLiveState(stateOf({ primary: calmPool(1, { series }) }))
    const added = seriesOf(startedAt + minute, 20) // five of them are there already
    const after = applyDelta(before, { at: 1, pools: { primary: { series: added } } })
    const grown = after.pools.get('primary')?.series
    expect(grown?.at.at(0)).toBe(startedAt + minute - 3_600_000)
    expect(grown?.at.at(-1)).toBe(startedAt + minute)
    expect(new Set(grown?.at).size).toBe(901)
    expect(lengths(grown)).toEqual(new Set([901]))
  })

  it('grows to no more than a bounded number of columns, however fast they come', () => {
    const crowd = Array.from({ length: 9_000 }, (_, index) => startedAt + index)
    const flood = Object.fromEntries(
      Object.keys(seriesOf(0, 1)).map((name) => [name, crowd]),
    ) as unknown as Series
    const before = toLiveState(stateOf({ primary: calmPool() }))
    const after = applyDelta(before, { at: 1, pools: { primary: { series: flood } } })
    expect(lengths(after.pools.get('primary')?.series)).toEqual(new Set([7_200]))
  })

  it('puts new entries of a timeline first and takes one that says more for the one that it was', () => {
    const { timeline } = troubledPool()
    const [latest] = timeline
    if (latest === undefined) throw new Error('no entry')
    const before = toLiveState(stateOf({ primary: troubledPool() }))
    const amended = { ...latest, successorId: 99 }
    const added = [{ ...latest, id: 10 }, amended]
    const after = applyDelta(before, { at: 1, pools: { primary: { timeline: added } } })
    expect(after.pools.get('primary')?.timeline).toEqual([added[0], amended, ...timeline.slice(1)])
  })
})

function lengths(series: Series | undefined): ReadonlySet<number> {
  return new Set(Object.values(series ?? {}).map((values: readonly unknown[]) => values.length))
}
