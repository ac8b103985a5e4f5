import { describe, expect, it } from 'vitest'
import { applyDelta, fromState, type WatchedState } from '../../src/watch/apply-delta.ts'
import { someAt, someCell, someEntry, somePool, someSeries, someState } from './some-state.ts'

const before = fromState(someState({ one: somePool({ timeline: [someEntry({ id: 7 })] }) }))
const apply = (
  pools: Parameters<typeof applyDelta>[1]['pools'],
  state: WatchedState = before,
): WatchedState => applyDelta(state, { at: someAt + 2_000, pools })

describe('applyDelta', () => {
  it('replaces what has changed and keeps what has not', () => {
    const connections = [someCell({ status: 'unhealthy' })]
    const { at, pools } = apply({ one: { connections } })
    expect(at).toBe(someAt + 2_000)
    expect(pools.get('one')).toEqual({ ...before.pools.get('one'), connections })
  })
  it('takes in new pools, and forgets those that left', () => {
    const { pools } = apply({ one: null, two: somePool() })
    expect([...pools.keys()]).toEqual(['two'])
  })
  it('takes any name for a name', () => {
    const state = fromState(JSON.parse('{"at":1,"pools":{"__proto__":{"counts":{}}}}'))
    expect([...state.pools.keys()]).toEqual(['__proto__'])
    expect(({} as { counts?: unknown }).counts).toBeUndefined()
  })
  it('lets series grow, counts no sample twice, and forgets the oldest', () => {
    const { pools } = apply({ one: { series: someSeries([someAt, someAt + 2_000], 5) } })
    expect(pools.get('one')?.series.at).toEqual([someAt - 2_000, someAt, someAt + 2_000])
    expect(pools.get('one')?.series.leased).toEqual([1, 1, 5])
    const many = Array.from({ length: 1_000 }, (_, index) => someAt + 1 + index)
    const grown = apply({ one: { series: someSeries(many) } }).pools.get('one')?.series
    expect(grown?.at).toHaveLength(400)
    expect(grown?.at.at(-1)).toBe(someAt + 1_000)
    expect(grown?.p95Ms).toHaveLength(400)
  })
  it('puts the latest first in the timeline, and lets an entry say more than it did', () => {
    const told = someEntry({ id: 7, successorId: 3 })
    const { pools } = apply({ one: { timeline: [someEntry({ id: 8 }), told] } })
    expect(pools.get('one')?.timeline).toEqual([someEntry({ id: 8 }), told])
  })
  it('bounds timelines and pools', () => {
    const entries = Array.from({ length: 500 }, (_, id) => someEntry({ id }))
    expect(apply({ one: { timeline: entries } }).pools.get('one')?.timeline).toHaveLength(200)
    const pools = Array.from({ length: 2_000 }, (_, id) => [`pool ${id}`, somePool()] as const)
    expect(apply(Object.fromEntries(pools)).pools.size).toBe(1_000)
  })
})
