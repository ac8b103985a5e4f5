import type { VirtualTimer } from './timer-heap.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * Has everything in this thread live on virtual time, the pools' own code unchanged: clocks, timers, ticks and
 * chance. Returns what puts the real ones back. While it lasts nothing else may run in this thread.
 */
export function enterVirtualTime(time: VirtualTime, random: () => number): () => void {
  const replaced = [
    replace(performance, 'now', () => time.now()),
    replace(Date, 'now', () => Math.floor(time.now())),
    replace(Math, 'random', random),
    replace(process, 'nextTick', (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
      time.nextTick(() => callback(...args)),
    ),
    replace(
      globalThis,
      'setTimeout',
      (callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
        time.setTimeout(() => callback(...args), delayMs),
    ),
    replace(globalThis, 'clearTimeout', (timer: VirtualTimer | undefined) => {
      if (timer !== undefined) time.clearTimeout(timer)
    }),
    // after all that is due at this instant already: sockets are read by then
    replace(
      globalThis,
      'setImmediate',
      (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
        time.setTimeout(() => callback(...args), 0),
    ),
  ]
  return () => {
    for (const putBack of replaced) putBack()
  }
}

function replace(owner: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { configurable: true, writable: true, value })
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name)
    else Object.defineProperty(owner, name, own)
  }
}
