import type { Socket } from 'node:net'

/** What holds both directions of a link back at the moment. */
export interface WireRules {
  isFrozen: boolean
  /** Latency of each direction, ms. */
  delayMs: number
}

/** The source is not read further while that many bytes wait. */
const HIGH_WATER_BYTES = 1_048_576

interface Waiting {
  readonly readyAt: number
  /** `undefined` for the end of the source, which is the last that ever waits. */
  readonly chunk: Buffer | undefined
}

/** One direction of a link: bytes, and their end, pass in order, late or not at all. */
export class WirePipe {
  passedBytes = 0
  readonly #source: Socket
  readonly #destination: Socket
  readonly #rules: Readonly<WireRules>
  readonly #queue: Waiting[] = []
  #queuedBytes = 0
  #hasEnd = false
  #isDraining = false
  #timer: NodeJS.Timeout | undefined

  constructor(source: Socket, destination: Socket, rules: Readonly<WireRules>) {
    this.#source = source
    this.#destination = destination
    this.#rules = rules
    source.on('data', (chunk: Buffer) => this.#add(chunk))
    source.on('end', () => this.#add(undefined))
    source.on('close', () => this.#add(undefined))
    destination.on('drain', () => {
      this.#isDraining = false
      this.pump()
    })
  }

  /** Passes on all that may pass now, and sets a timer for the rest. */
  pump(): void {
    clearTimeout(this.#timer)
    if (this.#destination.destroyed) this.#drop()
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (this.#rules.isFrozen || this.#isDraining) break
      const restMs = first.readyAt - performance.now()
      if (restMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(restMs))
        break
      }
      this.#queue.shift()
      this.#pass(first.chunk)
    }
    if (this.#queuedBytes < HIGH_WATER_BYTES && this.#source.isPaused()) this.#source.resume()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#drop()
  }

  #add(chunk: Buffer | undefined): void {
    if (this.#hasEnd) return
    this.#hasEnd = chunk === undefined
    this.#queue.push({ chunk, readyAt: performance.now() + this.#rules.delayMs })
    this.#queuedBytes += chunk?.length ?? 0
    if (this.#queuedBytes >= HIGH_WATER_BYTES) this.#source.pause()
    this.pump()
  }

  #pass(chunk: Buffer | undefined): void {
    if (chunk === undefined) {
      this.#destination.end()
      return
    }
    this.#queuedBytes -= chunk.length
    this.passedBytes += chunk.length
    this.#isDraining = !this.#destination.write(chunk)
  }

  #drop(): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
  }
}
