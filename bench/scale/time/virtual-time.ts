import { setImmediate as nextTurn } from 'node:timers/promises'
import { TimerHeap, VirtualTimer } from './timer-heap.ts'

/** How much virtual time passes at most, ms, until promises that nobody asked about may go on. */
const TURN_EVERY_MS = 50

/**
 * Time that passes from event to event. Callbacks run in order of time, those of one instant in order of
 * creation; nothing depends on how long they take.
 */
export class VirtualTime {
  readonly #timers = new TimerHeap()
  #ticks: (() => void)[] = []
  #now = 0
  #turnDueAt = TURN_EVERY_MS
  #wantsTurn = false
  /** Callbacks run so far. */
  steps = 0

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, delayMs: number): VirtualTimer {
    const timer = new VirtualTimer(callback, this.#now + Math.max(0, delayMs))
    this.#timers.push(timer)
    return timer
  }

  clearTimeout(timer: VirtualTimer): void {
    timer.cancel()
  }

  /** Runs `callback` before the next timer. */
  nextTick(callback: () => void): void {
    this.#ticks.push(callback)
  }

  /** Somebody awaits what has just happened: promises go on before the next timer. */
  wantTurn(): void {
    this.#wantsTurn = true
  }

  /** Runs all that is due until `endAt`, and leaves the clock there. */
  async runUntil(endAt: number): Promise<void> {
    this.#runTicks()
    for (;;) {
      const next = this.#timers.peek()
      const isOver = next === undefined || next.dueAt > endAt
      if (this.#wantsTurn || (!isOver && next.dueAt >= this.#turnDueAt)) {
        this.#wantsTurn = false
        this.#turnDueAt = (isOver ? endAt : next.dueAt) + TURN_EVERY_MS
        await nextTurn()
        this.#runTicks()
        continue // what went on may have set a timer that is due sooner
      }
      if (isOver) break
      this.#timers.pop()
      this.#now = next.dueAt
      this.steps += 1
      next.fire()
      this.#runTicks()
    }
    this.#now = endAt
  }

  #runTicks(): void {
    while (this.#ticks.length > 0) {
      const ticks = this.#ticks
      this.#ticks = []
      for (const tick of ticks) tick()
    }
  }
}
