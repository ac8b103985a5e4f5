import type { RunningTime } from '../running-time.ts'
import type { TimerHandle } from '../time-source.ts'
import { type Waiter, WaiterQueue } from './waiter-queue.ts'

/** The waiters, in order, and one timer for the earliest of their deadlines. */
export class WaitingRoom {
  readonly #queue = new WaiterQueue()
  readonly #time: RunningTime
  readonly #onOverdue: (waiters: readonly Waiter[], now: number) => void
  #timer: TimerHandle | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(time: RunningTime, onOverdue: (waiters: readonly Waiter[], now: number) => void) {
    this.#time = time
    this.#onOverdue = onOverdue
  }

  get size(): number {
    return this.#queue.size
  }

  /** Whoever waits, in order. */
  [Symbol.iterator](): Iterator<Waiter> {
    return this.#queue[Symbol.iterator]()
  }

  add(waiter: Waiter): void {
    this.#queue.push(waiter)
    if (waiter.deadlineAt < this.#timerAt) this.#arm(waiter.deadlineAt)
  }

  shift(): Waiter | undefined {
    return this.#queue.shift()
  }

  /** Sends one away. Returns whether it still waited. */
  remove(waiter: Waiter): boolean {
    return this.#queue.remove(waiter)
  }

  /** Sends everyone away, in order. */
  takeAll(): Waiter[] {
    this.stop()
    return this.#queue.takeAll()
  }

  /** Nobody waits, and nobody will. */
  stop(): void {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #arm(at: number): void {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timerAt = at
    const delayMs = Math.max(0, at - this.#time.runningNow())
    this.#timer = this.#time.setTimeout(() => this.#expire(), delayMs)
    this.#timer.unref() // what the waiters wait for keeps the process alive
  }

  #expire(): void {
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    const overdue = this.#queue.takeOverdue(this.#time.runningNow())
    const next = this.#queue.nextDeadlineAt()
    if (next < this.#timerAt) this.#arm(next)
    if (overdue.length > 0) this.#onOverdue(overdue, this.#time.now())
  }
}
