/** A timer of virtual time; nothing depends on `ref` and `unref`. */
export class VirtualTimer {
  readonly dueAt: number
  serial = 0
  #callback: (() => void) | undefined

  constructor(callback: () => void, dueAt: number) {
    this.#callback = callback
    this.dueAt = dueAt
  }

  get isCancelled(): boolean {
    return this.#callback === undefined
  }
  cancel(): void {
    this.#callback = undefined
  }
  fire(): void {
    const callback = this.#callback
    this.#callback = undefined
    callback?.()
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

/** Timers in the order in which they are due; a binary heap. Cancelled ones leave when it is their turn. */
export class TimerHeap {
  // Invariant: no timer is due before its parent, which is at (index - 1) >> 1.
  readonly #timers: VirtualTimer[] = []
  #serial = 0

  push(timer: VirtualTimer): void {
    const timers = this.#timers
    timer.serial = this.#serial
    this.#serial += 1
    let index = timers.length
    timers.push(timer)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = timers[above] as VirtualTimer
      if (!isBefore(timer, parent)) break
      timers[index] = parent
      index = above
    }
    timers[index] = timer
  }

  /** The next one, which stays. */
  peek(): VirtualTimer | undefined {
    while (this.#timers[0]?.isCancelled) this.pop()
    return this.#timers[0]
  }

  pop(): void {
    const timers = this.#timers
    const last = timers.pop()
    if (last === undefined || timers.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      if (left >= timers.length) break
      const right = left + 1
      const isRight =
        right < timers.length &&
        isBefore(timers[right] as VirtualTimer, timers[left] as VirtualTimer)
      const child = isRight ? right : left
      if (!isBefore(timers[child] as VirtualTimer, last)) break
      timers[index] = timers[child] as VirtualTimer
      index = child
    }
    timers[index] = last
  }
}

function isBefore(one: VirtualTimer, other: VirtualTimer): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.serial < other.serial)
}
