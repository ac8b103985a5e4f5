import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerBaselines } from '../../src/index.ts'

function medianOf(values: readonly number[]): number | undefined {
  const ascending = values.toSorted((left, right) => left - right)
  const middle = Math.floor(ascending.length / 2)
  if (ascending.length === 0) return undefined
  const upper = ascending[middle] ?? 0
  return ascending.length % 2 === 1 ? upper : ((ascending[middle - 1] ?? 0) + upper) / 2
}

const floor = fc.option(
  fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
  {
    nil: undefined,
  },
)

describe('PeerBaselines', () => {
  it('gives the median over the others', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(floor, floor), { maxLength: 30 }), (pool) => {
        const views = new Map(
          pool.map(([probeFloorMs, queryFloorMs], id) => [id, { probeFloorMs, queryFloorMs }]),
        )
        const baselines = new PeerBaselines(views)
        for (let id = 0; id <= pool.length; id++) {
          const others = [...views].filter(([other]) => other !== id).map(([, view]) => view)
          const probes = others.flatMap((view) => view.probeFloorMs ?? [])
          expect(baselines.of(id)).toEqual({
            probeFloorMs: medianOf(probes),
            queryFloorMs: medianOf(others.flatMap((view) => view.queryFloorMs ?? [])),
            peers: probes.length,
          })
        }
      }),
    )
  })

  it('takes a thousand connections in its stride', () => {
    const views = new Map(
      Array.from({ length: 1_000 }, (_, id) => [id, { probeFloorMs: id, queryFloorMs: id }]),
    )
    const baselines = new PeerBaselines(views)
    expect(baselines.of(0)).toEqual({ probeFloorMs: 500, queryFloorMs: 500, peers: 999 })
    expect(baselines.of(999)).toEqual({ probeFloorMs: 499, queryFloorMs: 499, peers: 999 })
  })
})
