import { type RunningTime, startDeadline } from '../running-time.ts'
import { destroySocket } from './closing.ts'
import type { PoolableClient } from './poolable-client.ts'

/** pg-pool's own hooks on a new client. */
export interface OpeningHooks {
  readonly onConnect?: ((client: PoolableClient) => unknown) | undefined
  readonly verify?:
    | ((client: PoolableClient, done: (error?: Error | null) => void) => void)
    | undefined
}

export type OpeningResult =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'wrong-role'; readonly error: Error }
  | { readonly kind: 'hook-failed'; readonly error: Error }

/** How a client becomes a connection. */
export interface OpeningPlan {
  readonly hooks: OpeningHooks
  /** Whether the server fits, before the application's hooks see it; calls back with `opened` if so. */
  readonly check?: ((done: (result: OpeningResult) => void) => void) | undefined
  readonly timeoutMs: number
}

/**
 * Connects `client`, checks the server and runs the application's hooks, all within `timeoutMs`. `done` is
 * called once, or never if it is given up meanwhile, which the function that is returned does: pg tells nobody
 * of a client that was ended before it was open.
 */
export function openClient(
  client: PoolableClient,
  { hooks, check, timeoutMs }: OpeningPlan,
  time: RunningTime,
  done: (result: OpeningResult) => void,
): () => void {
  let settled = false
  const settle = (result: OpeningResult): void => {
    if (settled) return
    settled = true
    cancelDeadline()
    done(result)
  }
  const cancelDeadline = startDeadline(time, timeoutMs, () => {
    // pg-pool's words, because applications match on them
    settle({ kind: 'failed', error: new Error('Connection terminated due to connection timeout') })
    destroySocket(client)
  })
  const connected = (error?: Error | null): void => {
    if (settled) return
    if (error) settle({ kind: 'failed', error })
    else if (check === undefined) accepted({ kind: 'opened' })
    else check(accepted)
  }
  const accepted = (result: OpeningResult): void => {
    const hasHooks = hooks.onConnect !== undefined || hooks.verify !== undefined
    if (result.kind !== 'opened' || !hasHooks) settle(result)
    else if (!settled) {
      runHooks(client, hooks).then(
        () => settle({ kind: 'opened' }),
        (hookError: Error) => settle({ kind: 'hook-failed', error: hookError }),
      )
    }
  }
  try {
    client.connect(connected)
  } catch (error) {
    settle({ kind: 'failed', error: error as Error })
  }
  return () => {
    settled = true
    cancelDeadline()
  }
}

async function runHooks(client: PoolableClient, hooks: OpeningHooks): Promise<void> {
  await hooks.onConnect?.(client)
  const { verify } = hooks
  if (verify === undefined) return
  await new Promise<void>((resolve, reject) => {
    verify(client, (error) => (error ? reject(error) : resolve()))
  })
}
