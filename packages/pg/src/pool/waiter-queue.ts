import type { Connection } from './connection.ts'

/** Called once: with an error, or with a connection that is leased to this waiter. */
export type AcquireCallback = (error: Error | undefined, connection: Connection | undefined) => void

/** A caller that waits for a connection. */
export interface Waiter {
  readonly callback: AcquireCallback
  readonly since: number
  /** Monotonic ms; `Infinity` waits for ever. */
  readonly deadlineAt: number
}

interface Node {
  readonly waiter: Waiter
  next: Node | undefined
}

/** First come, first served. `push` and `shift` are O(1); removing overdue waiters is one pass. */
export class WaiterQueue {
  #head: Node | undefined
  #tail: Node | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  push(waiter: Waiter): void {
    const node: Node = { waiter, next: undefined }
    if (this.#tail === undefined) this.#head = node
    else this.#tail.next = node
    this.#tail = node
    this.#size += 1
  }

  shift(): Waiter | undefined {
    const node = this.#head
    if (node === undefined) return undefined
    this.#head = node.next
    if (this.#head === undefined) this.#tail = undefined
    this.#size -= 1
    return node.waiter
  }

  /** Takes out, in order, every waiter whose deadline is at or before `now`. */
  takeOverdue(now: number): Waiter[] {
    const overdue: Waiter[] = []
    const kept: Waiter[] = []
    for (let node = this.#head; node !== undefined; node = node.next) {
      ;(node.waiter.deadlineAt <= now ? overdue : kept).push(node.waiter)
    }
    this.#head = undefined
    this.#tail = undefined
    this.#size = 0
    for (const waiter of kept) this.push(waiter)
    return overdue
  }

  /** Takes out everyone, in order. */
  takeAll(): Waiter[] {
    return this.takeOverdue(Number.POSITIVE_INFINITY)
  }

  /** The earliest deadline, `Infinity` when nobody waits. */
  nextDeadlineAt(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let node = this.#head; node !== undefined; node = node.next) {
      earliest = Math.min(earliest, node.waiter.deadlineAt)
    }
    return earliest
  }
}
