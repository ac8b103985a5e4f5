import { DecayingCounts } from './decaying-counts.ts'

const buckets = 64
const bucketsPerDecade = 9
const lowestMs = 0.01
/** In this time a statement's weight halves. */
const halfLifeMs = 60_000
/** Less weight than that of so many statements of this instant is too little to say anything. */
const minWeight = 8

/**
 * Durations are looked up as whole numbers of this unit, by their leading bits: a logarithm per
 * statement would cost more than all the rest.
 */
const unitsPerMs = 6_400
/** `lowestMs` has so many bits, and `cellBits` of them after the leading one tell cells apart. */
const lowestBits = 6
const cellBits = 5
const cellsPerOctave = 2 ** cellBits
/** From here on everything is in the last bucket; the units below fit into 31 bits. */
const highestMs = lowestMs * 2 ** 24

/** Bucket of each cell: an octave has 32 of them, a bucket 8 to 16. */
const bucketOfCell: Uint8Array = Uint8Array.from({ length: 24 * cellsPerOctave }, (_, cell) => {
  const middleMs = (cellStartMs(cell) + cellStartMs(cell + 1)) / 2
  return Math.min(buckets - 1, Math.floor(Math.log10(middleMs / lowestMs) * bucketsPerDecade))
})
/** Where each bucket begins; one more is where the last one ends. */
const startsMs: Float64Array = Float64Array.from({ length: buckets + 1 }, (_, bucket) =>
  bucket === buckets
    ? lowestMs * 10 ** (buckets / bucketsPerDecade)
    : cellStartMs(bucketOfCell.indexOf(bucket)),
)

/**
 * How long statements take, for people: 64 buckets of equal ratio from 0.01 ms to about 130 s, with
 * a half-life of 60 s. What is shorter or longer counts as these. A quantile is off by less than a
 * bucket, a factor of 1.3.
 */
export class LatencyHistogram {
  readonly #counts: DecayingCounts

  constructor(now: number) {
    this.#counts = new DecayingCounts(buckets, halfLifeMs, now)
  }

  /** Takes in a duration in ms; the caller has checked that it is finite and not negative. */
  add(durationMs: number): void {
    this.#counts.add(bucketOf(durationMs))
  }

  /** Brings the weights up to date; to be called every few seconds, as by a sweep. */
  renew(now: number): void {
    this.#counts.renew(now)
  }

  /** Statements that it rests on, decayed by `now`. */
  weight(now: number): number {
    return this.#counts.sum(now)
  }

  /**
   * The duration in ms that a share `q` (0..1) of the statements does not exceed, interpolated on
   * the log scale; `undefined` below a weight of 8 statements.
   */
  quantile(q: number, now: number): number | undefined {
    const weight = this.weight(now)
    if (weight < minWeight) return undefined
    const wanted = q * weight
    let below = 0
    let last = 0
    for (let bucket = 0; bucket < buckets; bucket++) {
      const count = this.#counts.at(bucket, now)
      if (count > 0 && below + count >= wanted) {
        return interpolate(bucket, (wanted - below) / count)
      }
      if (count > 0) last = bucket
      below += count
    }
    return interpolate(last, 1) // rounding left a little of the weight
  }
}

function bucketOf(durationMs: number): number {
  if (durationMs >= highestMs) return buckets - 1
  const units = (durationMs * unitsPerMs) | 0
  if (units < 2 ** lowestBits) return 0
  const octave = 31 - Math.clz32(units)
  const cell = (units >>> (octave - cellBits)) & (cellsPerOctave - 1)
  return bucketOfCell[(octave - lowestBits) * cellsPerOctave + cell] ?? buckets - 1
}

function cellStartMs(cell: number): number {
  const octave = Math.floor(cell / cellsPerOctave)
  return lowestMs * 2 ** octave * (1 + (cell % cellsPerOctave) / cellsPerOctave)
}

function interpolate(bucket: number, share: number): number {
  const startMs = startsMs[bucket] ?? lowestMs
  const endMs = startsMs[bucket + 1] ?? startMs
  return startMs * (endMs / startMs) ** Math.min(1, Math.max(0, share))
}
