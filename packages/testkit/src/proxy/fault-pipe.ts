import type { Socket } from 'node:net'
import { resetSocket } from './reset-socket.ts'

/** What holds a pipe back at the moment. Its link changes it, then calls `pump`. */
export interface PipeRules {
  isFrozen: boolean
  /** Latency of this direction. */
  delayMs: number
  /** Largest addition to it, drawn for each chunk. */
  jitterMs: number
  /** Share of the chunks that are held back `stallMs` more. */
  stallRatio: number
  stallMs: number
  bytesPerSecond: number | undefined
}

type Item =
  | { readonly kind: 'data'; readonly readyAt: number; readonly chunk: Buffer }
  | { readonly kind: 'end' | 'reset'; readonly readyAt: number }

/** The source is not read further while that many bytes wait. */
const HIGH_WATER = 1_048_576
/** A throttled pipe passes portions that take about this long. */
const PORTION_MS = 20

/** One direction of a link: bytes, and how they end, pass in order, late or not at all. */
export class FaultPipe {
  // `queue` holds what the source gave and the destination has not got, oldest first. The end of
  // the source is the last item ever queued. `remaining` counts down to `onExhausted`.
  passed = 0
  readonly #source: Socket
  readonly #destination: Socket
  readonly #rules: PipeRules
  readonly #random: () => number
  readonly #onPassed: (bytes: number) => void
  readonly #queue: Item[] = []
  #queuedBytes = 0
  #throttledUntil = 0
  #hasEnd = false
  #isDraining = false
  #timer: NodeJS.Timeout | undefined
  #remaining: number | undefined
  #onExhausted: (() => void) | undefined

  constructor(
    ends: { readonly source: Socket; readonly destination: Socket },
    rules: PipeRules,
    random: () => number,
    events: {
      /** Whether the chunk is to be passed on. */
      readonly onArrived: (chunk: Buffer) => boolean
      readonly onPassed: (bytes: number) => void
    },
  ) {
    this.#source = ends.source
    this.#destination = ends.destination
    this.#rules = rules
    this.#random = random
    this.#onPassed = events.onPassed
    this.#source.on('data', (chunk: Buffer) => {
      if (events.onArrived(chunk)) this.add(chunk)
    })
    this.#source.on('end', () => this.finish('end'))
    let isConnected = !this.#source.connecting
    this.#source.once('connect', () => {
      isConnected = true
    })
    // A server that cannot be reached is a plain end to the client.
    this.#source.on('close', (hadError) => this.finish(hadError && isConnected ? 'reset' : 'end'))
    this.#destination.on('drain', () => {
      this.#isDraining = false
      this.pump()
    })
    this.#destination.on('close', () => this.pump())
  }

  /** Ends the destination after all that waits; what the source gives later is dropped. */
  finish(kind: 'end' | 'reset'): void {
    if (this.#hasEnd) return
    this.#hasEnd = true
    this.#queue.push({ kind, readyAt: this.#nextReadyAt() })
    this.pump()
  }

  /** Calls `onExhausted` once `bytes` more have passed, and passes not one more before that. */
  limit(bytes: number | undefined, onExhausted?: () => void): void {
    this.#remaining = bytes
    this.#onExhausted = onExhausted
    if (bytes === 0) this.#exhaust(onExhausted)
    else this.pump()
  }

  /** Passes on all that may pass now, and sets a timer for the rest. */
  pump(): void {
    clearTimeout(this.#timer)
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      if (this.#rules.isFrozen || this.#remaining === 0) break
      if (this.#destination.destroyed) this.#refuseQueue()
      else if (this.#isDraining) break
      else if (!this.#isDue(item)) break
      else this.#pass(item)
    }
    if (this.#queuedBytes < HIGH_WATER && this.#source.isPaused()) this.#source.resume()
  }

  /** Queues bytes for the destination, behind what the source gave. */
  add(chunk: Buffer): void {
    if (this.#hasEnd) return
    this.#queue.push({ kind: 'data', chunk, readyAt: this.#nextReadyAt() })
    this.#queuedBytes += chunk.length
    if (this.#queuedBytes >= HIGH_WATER) this.#source.pause()
    this.pump()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#dropQueue()
  }

  /** May be earlier than what waits already; only the head of the queue passes, so order is kept. */
  #nextReadyAt(): number {
    const { delayMs, jitterMs, stallRatio, stallMs } = this.#rules
    const stalledMs = stallRatio > 0 && this.#random() < stallRatio ? stallMs : 0
    return performance.now() + delayMs + jitterMs * this.#random() + stalledMs
  }

  #isDue(item: Item): boolean {
    const now = performance.now()
    const dueAt = Math.max(item.readyAt, this.#throttledUntil)
    if (dueAt <= now) return true
    this.#timer = setTimeout(() => this.pump(), Math.ceil(dueAt - now))
    return false
  }

  #pass(item: Item): void {
    this.#queue.shift()
    if (item.kind === 'data') this.#passData(item.chunk, item.readyAt)
    else if (item.kind === 'end') this.#destination.end()
    else resetSocket(this.#destination)
  }

  #passData(chunk: Buffer, readyAt: number): void {
    const rate = this.#rules.bytesPerSecond
    const portion =
      rate === undefined ? chunk.length : Math.max(1, Math.floor((rate * PORTION_MS) / 1_000))
    const size = Math.min(chunk.length, portion, this.#remaining ?? chunk.length)
    if (size < chunk.length)
      this.#queue.unshift({ kind: 'data', chunk: chunk.subarray(size), readyAt })
    this.#queuedBytes -= size
    this.passed += size
    if (rate !== undefined) this.#throttledUntil = performance.now() + (size / rate) * 1_000
    if (this.#remaining !== undefined) this.#remaining -= size
    const onExhausted = this.#remaining === 0 ? this.#onExhausted : undefined
    this.#isDraining = !this.#destination.write(chunk.subarray(0, size), () =>
      this.#exhaust(onExhausted),
    )
    this.#onPassed(size)
  }

  /** Unless the limit was changed while its last bytes were on their way. */
  #exhaust(onExhausted: (() => void) | undefined): void {
    if (onExhausted === undefined || onExhausted !== this.#onExhausted) return
    this.#remaining = undefined
    this.#onExhausted = undefined
    onExhausted()
  }

  /** Who sends data to a closed socket gets a reset, as without a proxy. */
  #refuseQueue(): void {
    const hasData = this.#queuedBytes > 0
    this.#dropQueue()
    if (hasData) resetSocket(this.#source)
  }

  #dropQueue(): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
  }
}
