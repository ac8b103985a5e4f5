import { waitFor } from './wait-for.ts'

/** The part of a HealthAwarePool that these checks use; testkit does not depend on `@hale/pg`. */
export interface CheckedPool {
  readonly options: { readonly max: number }
  readonly ended: boolean
  connect(): Promise<{ release(): void }>
  snapshot(): {
    readonly counts: { readonly leased: number }
    readonly connections: readonly {
      readonly processId: number | undefined
      readonly condemnedFor: string | undefined
    }[]
  }
  [Symbol.asyncDispose](): Promise<void>
}

/** Leases as many clients as the pool may have, all at once: a leaked slot makes this time out. */
export async function leaseEverySlot(pool: CheckedPool): Promise<number> {
  const leases = Array.from({ length: pool.options.max }, () => pool.connect())
  const clients = await Promise.all(leases)
  for (const client of clients) client.release()
  await waitFor(() => pool.snapshot().counts.leased === 0, { describe: 'every client to be back' })
  return clients.length
}

/** Resolves when the pool knows that the leased connection with that backend is lost. */
export async function untilLost(pool: CheckedPool, processId: number): Promise<void> {
  const isLost = (): boolean =>
    pool
      .snapshot()
      .connections.some((each) => each.processId === processId && each.condemnedFor === 'lost')
  await waitFor(isLost, { describe: `the loss of backend ${processId}` })
}

/** Ends the pools, those included that have begun to end; a client that is kept makes this time out. */
export async function endPools(pools: readonly CheckedPool[]): Promise<void> {
  for (const pool of pools) void pool[Symbol.asyncDispose]()
  await waitFor(() => pools.every((pool) => pool.ended), { describe: 'the end of every pool' })
}
