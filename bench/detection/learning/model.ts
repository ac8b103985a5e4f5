import { readFileSync } from 'node:fs'
import { type Judge, suspecting } from './observed.ts'

/** A stump adds `below` or `above` to the log-odds. */
export interface Stump {
  readonly feature: number
  readonly at: number
  readonly below: number
  readonly above: number
}

/** Log-odds that a confirmation would find the connection slow, and from which odds on to ask. */
export interface Model {
  readonly bias: number
  /** One weight per feature, on its natural scale; none for stumps. */
  readonly weights: readonly number[]
  readonly stumps: readonly Stump[]
  /** Log-odds. */
  readonly threshold: number
}

export type Models = Readonly<Record<string, Model>>

/** Fewer duels than this say nothing, whatever the model thinks. */
const fewestDuels = 2

export const weightsFile: URL = new URL('./weights.json', import.meta.url)

export function readModels(): Models {
  return JSON.parse(readFileSync(weightsFile, 'utf8'))
}

/** @throws {RangeError} for an unknown name */
export function modelNamed(name: string, models: Models = readModels()): Model {
  const model = models[name]
  if (model === undefined) throw new RangeError(`no model '${name}'`)
  return model
}

function logOddsOf({ bias, weights, stumps }: Model, features: readonly number[]): number {
  let sum = bias
  for (let index = 0; index < weights.length; index++) {
    sum += (weights[index] ?? 0) * (features[index] ?? 0)
  }
  for (const { feature, at, below, above } of stumps) {
    sum += (features[feature] ?? 0) <= at ? below : above
  }
  return sum
}

export function judgeBy(model: Model): Judge {
  return suspecting((record, features) => {
    if (record.duels < fewestDuels) return -1
    return logOddsOf(model, features.read(record)) - model.threshold
  })
}
