import { rounded } from '../rounded.ts'
import type { Series } from '../state/dashboard-state.ts'

/** One sample: what `Series` has a column for. */
export type Sample = {
  readonly [Column in keyof Series]: Series[Column][number]
}

const measured = [
  'statementsPerSecond',
  'meanMs',
  'p95Ms',
  'failuresPerSecond',
  'leased',
  'waiting',
  'unhealthy',
] as const satisfies readonly (keyof Series)[]

/** Bytes of one sample: an instant, and seven numbers of single precision. */
export const bytesPerSample: number = 8 + measured.length * 4

/** The latest samples in typed arrays: `capacity` × `bytesPerSample` bytes, whatever happens. */
export class SampleRing {
  // Invariant: sample number n, counted from the first ever, is in slot n % capacity while n ≥ total − capacity.
  readonly #capacity: number
  readonly #at: Float64Array
  readonly #columns: Readonly<Record<(typeof measured)[number], Float32Array>>
  #total = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#at = new Float64Array(capacity)
    const column = (): Float32Array => new Float32Array(capacity)
    this.#columns = {
      statementsPerSecond: column(),
      meanMs: column(),
      p95Ms: column(),
      failuresPerSecond: column(),
      leased: column(),
      waiting: column(),
      unhealthy: column(),
    }
  }

  /** Samples so far, those included that are forgotten. */
  get total(): number {
    return this.#total
  }

  push(sample: Sample): void {
    const slot = this.#total % this.#capacity
    this.#at[slot] = sample.at
    for (const name of measured) this.#columns[name][slot] = sample[name] ?? Number.NaN
    this.#total += 1
  }

  /** The samples from number `first` on, as far as they are remembered; a copy. */
  since(first: number): Series {
    const from = Math.max(first, this.#total - this.#capacity, 0)
    const at = this.#read(this.#at, from, (value) => value)
    const numbers = (name: (typeof measured)[number]): number[] =>
      this.#read(this.#columns[name], from, rounded)
    const known = (name: (typeof measured)[number]): (number | null)[] =>
      this.#read(this.#columns[name], from, (value) =>
        Number.isNaN(value) ? null : rounded(value),
      )
    return {
      at,
      statementsPerSecond: numbers('statementsPerSecond'),
      meanMs: known('meanMs'),
      p95Ms: known('p95Ms'),
      failuresPerSecond: numbers('failuresPerSecond'),
      leased: numbers('leased'),
      waiting: numbers('waiting'),
      unhealthy: numbers('unhealthy'),
    }
  }

  #read<Value>(
    column: Float64Array | Float32Array,
    from: number,
    map: (value: number) => Value,
  ): Value[] {
    const values: Value[] = []
    for (let sample = from; sample < this.#total; sample += 1) {
      values.push(map(column[sample % this.#capacity] as number))
    }
    return values
  }
}
