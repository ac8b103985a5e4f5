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

/**
 * First come, first served. `push` and `shift` are O(1). Removing the overdue takes as long as there are
 * overdue ones while deadlines rise from head to tail, as they do with one timeout for all; else one pass.
 */
export class WaiterQueue {
  #head: Node | undefined
  #tail: Node | undefined
  #size = 0
  /** Whether no waiter has an earlier deadline than the one before it. */
  #sorted = true

  get size(): number {
    return this.#size
  }

  push(waiter: Waiter): void {
    const node: Node = { waiter, next: undefined }
    if (this.#tail === undefined) this.#head = node
    else {
      if (waiter.deadlineAt < this.#tail.waiter.deadlineAt) this.#sorted = false
      this.#tail.next = node
    }
    this.#tail = node
    this.#size += 1
  }

  shift(): Waiter | undefined {
    const node = this.#head
    if (node === undefined) return undefined
    this.#head = node.next
    if (this.#head === undefined) {
      this.#tail = undefined
      this.#sorted = true
    }
    this.#size -= 1
    return node.waiter
  }

  /** Takes out, in order, every waiter whose deadline is at or before `now`. */
  takeOverdue(now: number): Waiter[] {
    const overdue: Waiter[] = []
    if (this.#sorted) {
      while (this.#head !== undefined && this.#head.waiter.deadlineAt <= now) {
        overdue.push(this.shift() as Waiter)
      }
      return overdue
    }
    const kept: Waiter[] = []
    for (let node = this.#head; node !== undefined; node = node.next) {
      ;(node.waiter.deadlineAt <= now ? overdue : kept).push(node.waiter)
    }
    this.#head = undefined
    this.#tail = undefined
    this.#size = 0
    this.#sorted = true
    for (const waiter of kept) this.push(waiter)
    return overdue
  }

  /** Takes out everyone, in order. */
  takeAll(): Waiter[] {
    return this.takeOverdue(Number.POSITIVE_INFINITY)
  }

  /** The earliest deadline, `Infinity` when nobody waits. */
  nextDeadlineAt(): number {
    if (this.#sorted) return this.#head?.waiter.deadlineAt ?? Number.POSITIVE_INFINITY
    let earliest = Number.POSITIVE_INFINITY
    for (let node = this.#head; node !== undefined; node = node.next) {
      earliest = Math.min(earliest, node.waiter.deadlineAt)
    }
    return earliest
  }
}
