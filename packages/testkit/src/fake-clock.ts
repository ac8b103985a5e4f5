import { setImmediate as nextTurn } from 'node:timers/promises'

/** A timer that can be told not to keep the process alive. */
export interface TimerHandle {
  unref(): unknown
  ref(): unknown
}

/** The port through which code under test gets time; the same shape as the one of `@hale/pg`. */
export interface TimeSource {
  /** Monotonic ms. */
  now(): number
  /** Ms since the epoch. */
  wallNow(): number
  setTimeout(callback: () => void, delayMs: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
  setImmediate(callback: () => void): void
}

/** A timer of a `FakeClock`. Nothing depends on `ref` and `unref`; `hasRef` tells the last of them. */
export interface FakeTimerHandle extends TimerHandle {
  unref(): this
  ref(): this
  hasRef(): boolean
}

/** Time that moves only when it is told to. */
export interface FakeClock extends TimeSource {
  setTimeout(callback: () => void, delayMs: number): FakeTimerHandle
  /** Timers and immediates that have not run. */
  readonly pending: number
  /** Runs, in order of time, all that is due until `ms` from now, and leaves the clock there. */
  advance(ms: number): void
  /** Time passes, and nothing runs: as when the process is frozen. What became due runs late. */
  freeze(ms: number): void
  /** The wall clock is set forward, as after a suspension in which the monotonic clock stood still. */
  jump(ms: number): void
  /** Like `advance`, but lets promises settle after each callback, as the event loop does. */
  advanceAsync(ms: number): Promise<void>
  /** Runs all that is due now, immediates included: `advance(0)`. */
  flush(): void
  /** Runs the next callback only, moving the clock to its time; false when there is none. */
  runNext(): boolean
}

/** More callbacks than that within one `advance` is an endless loop. */
const STEP_LIMIT = 1_000_000

/**
 * A clock at `startAt` ms. Timers run in order of time, those of one instant in order of creation;
 * immediates run when no timer is due at their instant. A callback's error passes to the caller.
 */
export function createFakeClock(startAt = 0): FakeClock {
  return new SteppedClock(startAt)
}

class FakeTimer implements FakeTimerHandle {
  readonly callback: () => void
  readonly dueAt: number
  #isRef = true

  constructor(callback: () => void, dueAt: number) {
    this.callback = callback
    this.dueAt = dueAt
  }
  ref(): this {
    this.#isRef = true
    return this
  }
  unref(): this {
    this.#isRef = false
    return this
  }
  hasRef(): boolean {
    return this.#isRef
  }
}

class SteppedClock implements FakeClock {
  // `timers` is sorted by time, then by creation. No timer is due before `now`, except while an
  // `advance` runs those due.
  readonly #timers: FakeTimer[] = []
  readonly #immediates: (() => void)[] = []
  #now: number
  #wallOffset = 0
  #isAdvancing = false

  constructor(startAt: number) {
    this.#now = startAt
  }

  get pending(): number {
    return this.#timers.length + this.#immediates.length
  }

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now + this.#wallOffset
  }

  freeze(ms: number): void {
    this.#now += ms
  }

  jump(ms: number): void {
    this.#wallOffset += ms
  }

  setTimeout(callback: () => void, delayMs: number): FakeTimerHandle {
    const afterMs = Number.isNaN(delayMs) ? 0 : Math.max(0, delayMs)
    const timer = new FakeTimer(callback, this.#now + afterMs)
    this.#timers.splice(this.#indexAfter(timer.dueAt), 0, timer)
    return timer
  }

  clearTimeout(handle: TimerHandle): void {
    const index = this.#timers.indexOf(handle as FakeTimer)
    if (index >= 0) this.#timers.splice(index, 1)
  }

  setImmediate(callback: () => void): void {
    this.#immediates.push(callback)
  }

  advance(ms: number): void {
    const end = this.#begin(ms)
    try {
      for (let steps = 0; this.#step(end); steps++) this.#checkSteps(steps)
      this.#now = end
    } finally {
      this.#isAdvancing = false
    }
  }

  async advanceAsync(ms: number): Promise<void> {
    const end = this.#begin(ms)
    try {
      await nextTurn()
      for (let steps = 0; this.#step(end); steps++) {
        this.#checkSteps(steps)
        await nextTurn()
      }
      this.#now = end
    } finally {
      this.#isAdvancing = false
    }
  }

  flush(): void {
    this.advance(0)
  }

  runNext(): boolean {
    return this.#step(Number.POSITIVE_INFINITY)
  }

  #begin(ms: number): number {
    if (!(ms >= 0)) throw new RangeError(`expected \`ms\` to be 0 or more, got ${ms}`)
    if (this.#isAdvancing) throw new Error('the clock is advancing already')
    this.#isAdvancing = true
    return this.#now + ms
  }

  /** Runs one callback due until `end`; false when there is none. */
  #step(end: number): boolean {
    const timer = this.#timers[0]
    if (timer !== undefined && timer.dueAt <= this.#now) return this.#fire()
    const immediate = this.#immediates.shift()
    if (immediate !== undefined) {
      immediate()
      return true
    }
    return timer !== undefined && timer.dueAt <= end && this.#fire()
  }

  #fire(): boolean {
    const timer = this.#timers.shift()
    if (timer === undefined) return false
    this.#now = Math.max(this.#now, timer.dueAt)
    timer.callback()
    return true
  }

  #checkSteps(steps: number): void {
    if (steps >= STEP_LIMIT)
      throw new Error(`more than ${STEP_LIMIT} callbacks in one advance: an endless loop`)
  }

  /** Where a timer due at `dueAt` belongs: after those due before it or at the same time. */
  #indexAfter(dueAt: number): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#timers[middle]?.dueAt ?? 0) <= dueAt) low = middle + 1
      else high = middle
    }
    return low
  }
}
