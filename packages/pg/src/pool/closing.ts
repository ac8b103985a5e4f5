import type { TimeSource } from '../time-source.ts'
import type { PoolableClient } from './poolable-client.ts'

/** How long a polite goodbye may take before the socket is destroyed, ms. */
const GOODBYE_MS = 2_000

/**
 * Closes the client's socket: politely, or at once when `hard`. `done` is called exactly once, with
 * whether the socket had to be destroyed, and always within a bound.
 */
export function closeClient(
  client: PoolableClient,
  hard: boolean,
  time: TimeSource,
  done: (hard: boolean) => void,
): void {
  let finished = false
  let destroyed = hard
  const finish = (): void => {
    if (finished) return
    finished = true
    time.clearTimeout(timer)
    done(destroyed)
  }
  const timer = time.setTimeout(() => {
    destroyed = true
    destroySocket(client)
    finish()
  }, GOODBYE_MS)
  timer.unref()
  if (hard) destroySocket(client)
  try {
    client.end(finish)
  } catch {
    finish()
  }
}

/** Ends the socket without a word to the other side, where the client has one that we know. */
export function destroySocket(client: PoolableClient): void {
  client.connection?.stream?.destroy?.()
}
