import { createSeededRandom } from '@hale/testkit'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { CallerLog } from './caller-log.ts'
import type { FleetPool } from './variants.ts'

/** What each instance of the application does. */
export interface Traffic {
  /** Callers per second, each with one statement, at times of their own (Poisson). */
  readonly callersPerSecond: number
  /** How long a caller waits for a connection, ms. */
  readonly deadlineMs: number
}

/** Statements of the application: their texts are what Hale compares by. */
const texts = Array.from({ length: 8 }, (_, n) => `select * from orders_${n}x where id = $1`)

/** What makes an instance what it is. */
export interface InstanceOptions {
  readonly id: number
  /** When it has a pool and callers, ms. */
  readonly startsAt: number
  readonly createPool: () => FleetPool
  readonly retryAfterMs: number | false
  /** With `id` it gives the instants of its callers, whatever the pool is. */
  readonly seed: number
}

interface InstanceSurroundings {
  readonly time: VirtualTime
  readonly log: CallerLog
  readonly traffic: Traffic
}

/** One instance of the application: callers come, whatever becomes of the earlier ones. */
export class Instance {
  readonly #options: InstanceOptions
  readonly #surroundings: InstanceSurroundings
  readonly #random: () => number
  #pool: FleetPool | undefined
  #isOver = false

  constructor(options: InstanceOptions, surroundings: InstanceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    this.#random = createSeededRandom(options.seed * 100_003 + options.id)
    surroundings.time.setTimeout(() => {
      this.#pool = options.createPool()
      this.#awaitNext()
    }, options.startsAt)
  }

  /** No more callers come. */
  stop(): void {
    this.#isOver = true
  }

  /** `onEnded` is called when the pool's end is over, which has begun. */
  end(onEnded: () => void): void {
    this.#pool?.end(onEnded)
  }

  #awaitNext(): void {
    const { time, log, traffic } = this.#surroundings
    const afterMs = (-Math.log(1 - this.#random()) * 1_000) / traffic.callersPerSecond
    time.setTimeout(() => {
      if (this.#isOver) return
      this.#awaitNext()
      log.began()
      this.#ask(time.now(), texts[Math.floor(this.#random() * texts.length)] as string)
    }, afterMs)
  }

  #ask(since: number, text: string): void {
    const { time, log, traffic } = this.#surroundings
    const { id, retryAfterMs } = this.#options
    this.#pool?.query(text, (error) => {
      const now = time.now()
      const retryAt = now + (retryAfterMs || Number.POSITIVE_INFINITY)
      if (!error) log.served(id, since, now)
      else if (this.#isOver || retryAt > since + traffic.deadlineMs) log.failed(since, now)
      else time.setTimeout(() => this.#ask(since, text), retryAt - now)
    })
  }
}
