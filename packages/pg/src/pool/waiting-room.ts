import type { TimerHandle, TimeSource } from '../time-source.ts'
import { type Waiter, WaiterQueue } from './waiter-queue.ts'

/** The waiters, in order, and one timer for the earliest of their deadlines. */
export class WaitingRoom {
  readonly #queue = new WaiterQueue()
  readonly #time: TimeSource
  readonly #onOverdue: (waiter: Waiter, now: number) => void
  #timer: TimerHandle | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(time: TimeSource, onOverdue: (waiter: Waiter, now: number) => void) {
    this.#time = time
    this.#onOverdue = onOverdue
  }

  get size(): number {
    return this.#queue.size
  }

  add(waiter: Waiter): void {
    this.#queue.push(waiter)
    if (waiter.deadlineAt < this.#timerAt) this.#arm(waiter.deadlineAt)
  }

  shift(): Waiter | undefined {
    return this.#queue.shift()
  }

  /** Sends everyone away, in order. */
  takeAll(): Waiter[] {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    return this.#queue.takeAll()
  }

  #arm(at: number): void {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = this.#time.setTimeout(() => this.#expire(), Math.max(0, at - this.#time.now()))
    this.#timer.unref() // what the waiters wait for keeps the process alive
  }

  #expire(): void {
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#time.now()
    const overdue = this.#queue.takeOverdue(now)
    const next = this.#queue.nextDeadlineAt()
    if (next < this.#timerAt) this.#arm(next)
    for (const waiter of overdue) this.#onOverdue(waiter, now)
  }
}
