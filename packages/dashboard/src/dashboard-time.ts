/** The dashboard's clock and timers in one place, so that tests can move time by hand. */
export interface DashboardTime {
  /** Ms since the epoch. */
  wallNow(): number
  /** Monotonic ms. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): { unref(): unknown }
  clearTimeout(handle: { unref(): unknown }): void
}

export const systemTime: DashboardTime = {
  wallNow: () => Date.now(),
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/**
 * Calls `callback` every `everyMs` until the result is called. Never keeps the process alive that is watched,
 * and never ends it: what `callback` throws is dropped, and the next turn comes.
 */
export function repeat(time: DashboardTime, everyMs: number, callback: () => void): () => void {
  let handle: { unref(): unknown }
  const arm = (): void => {
    handle = time.setTimeout(() => {
      arm()
      try {
        callback()
      } catch {}
    }, everyMs)
    handle.unref()
  }
  arm()
  return () => time.clearTimeout(handle)
}
