import type { Stump } from './model.ts'
import type { Table } from './samples.ts'

const rounds = 120
const shrinkage = 0.2
const bins = 32
/** Pull of a leaf towards 0, in samples' curvature. */
const ridge = 5

interface Split {
  readonly feature: number
  readonly bin: number
  readonly gain: number
  readonly below: number
  readonly above: number
}

/** Gradient-boosted stumps for log-odds: each adds the split that explains most of what is left. */
export function fitStumps(table: Table): {
  readonly bias: number
  readonly stumps: readonly Stump[]
} {
  const { rows, columns, labels, weights } = table
  const edges = columns.map(edgesOf)
  const binned = columns.map((column, feature) => binsOf(column, edges[feature] ?? []))
  const positives = labels.reduce((sum, label, at) => sum + label * (weights[at] ?? 0), 0)
  const bias = Math.log(positives / (rows - positives))
  const sums = new Float64Array(rows).fill(bias)
  const stumps: Stump[] = []
  for (let round = 0; round < rounds; round++) {
    const split = bestSplit(binned, sums, table)
    const { feature, bin, below, above } = split
    const column = binned[feature] ?? new Uint8Array()
    for (let at = 0; at < rows; at++) {
      sums[at] = (sums[at] ?? 0) + ((column[at] ?? 0) <= bin ? below : above)
    }
    stumps.push({ feature, at: edges[feature]?.[bin] ?? 0, below, above })
  }
  return { bias, stumps }
}

function bestSplit(binned: readonly Uint8Array[], sums: Float64Array, table: Table): Split {
  const { rows, labels, weights } = table
  const slopes = new Float64Array(rows)
  const curvatures = new Float64Array(rows)
  for (let at = 0; at < rows; at++) {
    const chance = 1 / (1 + Math.exp(-(sums[at] ?? 0)))
    const weight = weights[at] ?? 0
    slopes[at] = weight * ((labels[at] ?? 0) - chance)
    curvatures[at] = weight * chance * (1 - chance)
  }
  let best: Split = { feature: 0, bin: 0, gain: -1, below: 0, above: 0 }
  binned.forEach((column, feature) => {
    const found = bestBin(column, feature, slopes, curvatures)
    if (found.gain > best.gain) best = found
  })
  return best
}

function bestBin(
  column: Uint8Array,
  feature: number,
  slopes: Float64Array,
  curvatures: Float64Array,
): Split {
  const slopeOf = new Float64Array(bins)
  const curvatureOf = new Float64Array(bins)
  for (let at = 0; at < column.length; at++) {
    const bin = column[at] ?? 0
    slopeOf[bin] = (slopeOf[bin] ?? 0) + (slopes[at] ?? 0)
    curvatureOf[bin] = (curvatureOf[bin] ?? 0) + (curvatures[at] ?? 0)
  }
  const slope = slopeOf.reduce((sum, value) => sum + value, 0)
  const curvature = curvatureOf.reduce((sum, value) => sum + value, 0)
  let best: Split = { feature, bin: 0, gain: -1, below: 0, above: 0 }
  let slopeBelow = 0
  let curvatureBelow = 0
  for (let bin = 0; bin < bins - 1; bin++) {
    slopeBelow += slopeOf[bin] ?? 0
    curvatureBelow += curvatureOf[bin] ?? 0
    const below = slopeBelow / (curvatureBelow + ridge)
    const above = (slope - slopeBelow) / (curvature - curvatureBelow + ridge)
    const gain = below * slopeBelow + above * (slope - slopeBelow)
    if (gain <= best.gain) continue
    best = { feature, bin, gain, below: below * shrinkage, above: above * shrinkage }
  }
  return best
}

/** Quantiles, without repetition. */
function edgesOf(column: Float64Array): readonly number[] {
  const sorted = column.toSorted()
  const at = (bin: number): number => sorted[Math.floor((sorted.length * (bin + 1)) / bins)] ?? 0
  return [...new Set(Array.from({ length: bins - 1 }, (_, bin) => at(bin)))]
}

function binsOf(column: Float64Array, edges: readonly number[]): Uint8Array {
  return Uint8Array.from(column, (value) => {
    const bin = edges.findIndex((edge) => value <= edge)
    return bin < 0 ? edges.length : bin
  })
}
