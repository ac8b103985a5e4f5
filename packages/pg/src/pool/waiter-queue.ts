import type { Connection } from './connection.ts'
import type { Holder } from './holder.ts'

/** Called once: with an error, or with a connection that is leased to this waiter. */
export type AcquireCallback = (error: Error | undefined, connection: Connection | undefined) => void

/** A caller that waits for a connection, and its place in the queue. */
export class Waiter {
  readonly callback: AcquireCallback
  readonly since: number
  /** Running time, ms; `Infinity` waits for ever. */
  readonly deadlineAt: number
  /** Who waits. */
  readonly holder: Holder | undefined
  /** Its number among all that ever stood in the queue; the queue's own. */
  id = 0
  /** The queue's own. */
  previous: Waiter | undefined
  /** The queue's own. */
  next: Waiter | undefined
  /** Whether it stands in the queue; the queue's own. */
  isQueued = false

  constructor(callback: AcquireCallback, since: number, deadlineAt: number, holder?: Holder) {
    this.callback = callback
    this.since = since
    this.deadlineAt = deadlineAt
    this.holder = holder
  }
}

/**
 * First come, first served. `push`, `shift` and `remove` are O(1). Removing the overdue takes as long as
 * there are overdue ones while deadlines rise from head to tail, as they do with one timeout for all;
 * else one pass.
 */
export class WaiterQueue {
  #head: Waiter | undefined
  #tail: Waiter | undefined
  #size = 0
  #total = 0
  /** Whether no waiter has an earlier deadline than the one before it. */
  #sorted = true

  get size(): number {
    return this.#size
  }

  push(waiter: Waiter): void {
    const tail = this.#tail
    this.#total += 1
    waiter.id = this.#total
    waiter.previous = tail
    waiter.isQueued = true
    if (tail === undefined) this.#head = waiter
    else {
      if (waiter.deadlineAt < tail.deadlineAt) this.#sorted = false
      tail.next = waiter
    }
    this.#tail = waiter
    this.#size += 1
  }

  shift(): Waiter | undefined {
    const waiter = this.#head
    if (waiter !== undefined) this.remove(waiter)
    return waiter
  }

  /** Takes out one that may be anywhere in the queue. Returns whether it was there. */
  remove(waiter: Waiter): boolean {
    if (!waiter.isQueued) return false
    const { previous, next } = waiter
    if (previous === undefined) this.#head = next
    else previous.next = next
    if (next === undefined) this.#tail = previous
    else next.previous = previous
    waiter.previous = undefined
    waiter.next = undefined
    waiter.isQueued = false
    this.#size -= 1
    if (this.#size === 0) this.#sorted = true
    return true
  }

  /** Takes out, in order, every waiter whose deadline is at or before `now`. */
  takeOverdue(now: number): Waiter[] {
    const overdue: Waiter[] = []
    let waiter = this.#head
    while (waiter !== undefined) {
      const { next } = waiter
      if (waiter.deadlineAt <= now) {
        this.remove(waiter)
        overdue.push(waiter)
      } else if (this.#sorted) break
      waiter = next
    }
    return overdue
  }

  /** Takes out everyone, in order. */
  takeAll(): Waiter[] {
    return this.takeOverdue(Number.POSITIVE_INFINITY)
  }

  /** Everyone, in order. */
  *[Symbol.iterator](): Generator<Waiter> {
    for (let waiter = this.#head; waiter !== undefined; waiter = waiter.next) yield waiter
  }

  /** The earliest deadline, `Infinity` when nobody waits. */
  nextDeadlineAt(): number {
    if (this.#sorted) return this.#head?.deadlineAt ?? Number.POSITIVE_INFINITY
    let earliest = Number.POSITIVE_INFINITY
    for (const { deadlineAt } of this) earliest = Math.min(earliest, deadlineAt)
    return earliest
  }
}
