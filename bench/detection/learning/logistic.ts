import type { Table } from './samples.ts'

const steps = 20
/** Pull towards 0, in samples. */
const ridge = 1

/** Logistic regression by Newton's method on standardised columns; weights are on the natural scale. */
export function fitLogistic(table: Table): { readonly bias: number; readonly weights: number[] } {
  const { columns, rows } = table
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / rows)
  const deviations = columns.map((column, index) => {
    const mean = means[index] ?? 0
    const squares = column.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    return Math.sqrt(squares / rows) || 1
  })
  const scaled = columns.map((column, index) => {
    return column.map((value) => (value - (means[index] ?? 0)) / (deviations[index] ?? 1))
  })
  const all = [new Float64Array(rows).fill(1), ...scaled]
  let beta = all.map(() => 0)
  for (let step = 0; step < steps; step++) beta = newtonStep(all, table, beta)
  const [intercept = 0, ...inner] = beta
  const weights = inner.map((weight, index) => weight / (deviations[index] ?? 1))
  const shift = weights.reduce((sum, weight, index) => sum + weight * (means[index] ?? 0), 0)
  return { bias: intercept - shift, weights }
}

function newtonStep(
  columns: readonly Float64Array[],
  { rows, labels, weights }: Table,
  beta: readonly number[],
): number[] {
  const size = columns.length
  const gradient = beta.map((value, index) => (index === 0 ? 0 : -ridge * value))
  const hessian = beta.map((_, i) => beta.map((__, j) => (i === j ? ridge : 0)))
  const row = new Float64Array(size)
  for (let at = 0; at < rows; at++) {
    let sum = 0
    for (let index = 0; index < size; index++) {
      row[index] = columns[index]?.[at] ?? 0
      sum += (row[index] ?? 0) * (beta[index] ?? 0)
    }
    const chance = 1 / (1 + Math.exp(-sum))
    const weight = weights[at] ?? 0
    addTo(
      gradient,
      hessian,
      row,
      weight * ((labels[at] ?? 0) - chance),
      weight * chance * (1 - chance),
    )
  }
  const change = solve(hessian, gradient)
  return beta.map((value, index) => value + Math.max(-2, Math.min(2, change[index] ?? 0)))
}

function addTo(
  gradient: number[],
  hessian: number[][],
  row: Float64Array,
  error: number,
  curvature: number,
): void {
  for (let i = 0; i < row.length; i++) {
    const value = row[i] ?? 0
    gradient[i] = (gradient[i] ?? 0) + error * value
    const line = hessian[i]
    if (line === undefined) continue
    for (let j = 0; j < row.length; j++) {
      line[j] = (line[j] ?? 0) + curvature * value * (row[j] ?? 0)
    }
  }
}

/** Gaussian elimination; the matrix is symmetric and positive definite, so it needs no pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lines = matrix.map((line, index) => [...line, right[index] ?? 0])
  for (const [pivot, line] of lines.entries()) {
    const head = line[pivot] ?? 1
    for (const [index, other] of lines.entries()) {
      if (index === pivot) continue
      const factor = (other[pivot] ?? 0) / head
      for (let at = pivot; at < other.length; at++) {
        other[at] = (other[at] ?? 0) - factor * (line[at] ?? 0)
      }
    }
  }
  return lines.map((line, index) => (line.at(-1) ?? 0) / (line[index] ?? 1))
}
