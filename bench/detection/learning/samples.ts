import { readFileSync } from 'node:fs'

/** Features at one instant, and what was true of the connection. */
export interface Sample {
  readonly scenario: string
  /** `outcome`: what a confirmation found; `truth`: what the simulator knows. */
  readonly source: 'outcome' | 'truth'
  readonly features: readonly number[]
  readonly label: 0 | 1
  /** How many instants like this it stands for. */
  readonly weight: number
}

/** Samples as columns, which fitting goes through again and again. */
export interface Table {
  readonly rows: number
  readonly columns: readonly Float64Array[]
  readonly labels: Float64Array
  readonly weights: Float64Array
}

export function readSamples(files: readonly string[]): readonly Sample[] {
  return files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line): Sample => JSON.parse(line))
  })
}

/** Weights are scaled to a mean of 1. */
export function tableOf(samples: readonly Sample[]): Table {
  const width = samples[0]?.features.length ?? 0
  const total = samples.reduce((sum, { weight }) => sum + weight, 0)
  const scale = samples.length / total
  return {
    rows: samples.length,
    columns: Array.from({ length: width }, (_, column) => {
      return Float64Array.from(samples, ({ features }) => features[column] ?? 0)
    }),
    labels: Float64Array.from(samples, ({ label }) => label),
    weights: Float64Array.from(samples, ({ weight }) => weight * scale),
  }
}
