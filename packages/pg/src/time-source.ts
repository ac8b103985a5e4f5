import type { Clock } from '@hale/core'

export interface TimerHandle {
  ref(): unknown
  unref(): unknown
}

/** The pool's clock and timers in one place, so that tests can move time by hand. */
export interface TimeSource extends Clock {
  setTimeout(callback: () => void, delayMs: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
  /** Runs `callback` after the event loop has had a turn to read its sockets. */
  setImmediate(callback: () => void): void
}

export const systemTime: TimeSource = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => {
    setImmediate(callback)
  },
}

/**
 * Calls `onMissed` once, `delayMs` from now, unless it is cancelled first. Before it does, the event loop
 * reads its sockets twice: when this process stalled or was frozen, the answer may be waiting in a
 * socket's buffer, and our own stall must not be blamed on a connection.
 */
export function startDeadline(time: TimeSource, delayMs: number, onMissed: () => void): () => void {
  let cancelled = false
  const handle = time.setTimeout(() => {
    time.setImmediate(() => {
      time.setImmediate(() => {
        if (!cancelled) onMissed()
      })
    })
  }, delayMs)
  return () => {
    cancelled = true
    time.clearTimeout(handle)
  }
}
