import type { LatencyView, PeerBaseline } from '../issues/high-latency.ts'

export type { PeerBaseline } from '../issues/high-latency.ts'

/** The baseline of a connection that has no peers. */
export const noPeers: PeerBaseline = Object.freeze({
  probeFloorMs: undefined,
  queryFloorMs: undefined,
  peers: 0,
})

/**
 * What every connection's peers do, as of one instant. Built once per sweep in O(n log n); then
 * each connection's baseline, which leaves the connection itself out, takes O(log n).
 */
export class PeerBaselines {
  readonly #views: ReadonlyMap<number, LatencyView>
  readonly #probeFloors: Float64Array
  readonly #queryFloors: Float64Array

  constructor(views: ReadonlyMap<number, LatencyView>) {
    this.#views = views
    this.#probeFloors = sorted(views, (view) => view.probeFloorMs)
    this.#queryFloors = sorted(views, (view) => view.queryFloorMs)
  }

  /** The baseline for one connection; for one that was not there at that instant, over all. */
  of(connectionId: number): PeerBaseline {
    const own = this.#views.get(connectionId)
    const probes = this.#probeFloors.length - (own?.probeFloorMs === undefined ? 0 : 1)
    return {
      probeFloorMs: medianWithout(this.#probeFloors, own?.probeFloorMs),
      queryFloorMs: medianWithout(this.#queryFloors, own?.queryFloorMs),
      peers: probes,
    }
  }
}

/** The middle value, or the mean of the two in the middle; `undefined` for none. */
export function median(values: Iterable<number>): number | undefined {
  return medianWithout(Float64Array.from(values).sort(), undefined)
}

function sorted(
  views: ReadonlyMap<number, LatencyView>,
  floorOf: (view: LatencyView) => number | undefined,
): Float64Array {
  const floors: number[] = []
  for (const view of views.values()) {
    const floor = floorOf(view)
    if (floor !== undefined) floors.push(floor)
  }
  return Float64Array.from(floors).sort()
}

function medianWithout(ascending: Float64Array, left: number | undefined): number | undefined {
  const skipped = left === undefined ? ascending.length : lowerBound(ascending, left)
  const count = ascending.length - (left === undefined ? 0 : 1)
  const at = (index: number): number => ascending[index < skipped ? index : index + 1] ?? 0
  if (count <= 0) return undefined
  const middle = count >> 1
  return count % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
}

/** First index whose value is not below `value`. */
function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
