import type { Clock } from '@hale/core'

export interface TimerHandle {
  ref(): unknown
  unref(): unknown
}

/** The pool's clocks and timers in one place, so that tests can move time by hand. */
export interface TimeSource extends Clock {
  /** Ms since the epoch; it jumps where the monotonic clock stood still, as in a suspended machine. */
  wallNow(): number
  setTimeout(callback: () => void, delayMs: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
  /** Runs `callback` after the event loop has had a turn to read its sockets. */
  setImmediate(callback: () => void): void
}

export const systemTime: TimeSource = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => {
    setImmediate(callback)
  },
}
