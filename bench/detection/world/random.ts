/**
 * Random numbers of one stream, the same ones for the same seed and stream (sfc32). A simulation
 * has several streams, so that what one part draws does not move another's.
 */
export class Random {
  // Four words of 32 bits, kept as signed integers.
  #a: number
  #b: number
  #c: number
  #count = 1
  #spare = Number.NaN

  constructor(seed: number, stream: string) {
    this.#a = seed | 0
    this.#b = hashOf(stream)
    this.#c = Math.imul(seed ^ this.#b, 0x9e3779b1)
    for (let round = 0; round < 16; round += 1) this.next() // until every bit depends on the seed
  }

  /** In [0, 1). */
  next(): number {
    const mixed = (((this.#a + this.#b) | 0) + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + mixed) | 0
    return (mixed >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Log-uniform: each order of magnitude between the two is equally likely. */
  magnitudeBetween(low: number, high: number): number {
    return low * (high / low) ** this.next()
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  /** Mean 0, variance 1. */
  normal(): number {
    const spare = this.#spare
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    const angle = 2 * Math.PI * this.next()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash | 0
}
