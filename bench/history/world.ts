import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { createFaultProxy, type FaultProxy, waitFor } from '@hale/testkit'
import { countSessions, createLedger } from './ledger.ts'
import { Nemesis } from './nemesis/nemesis.ts'
import type { Servers } from './nemesis/servers.ts'
import { drawPoolOptions } from './pool-options.ts'
import { HistoryRecorder } from './record/history-recorder.ts'
import { recordPool } from './record/record-pool.ts'
import { WireRecorder } from './record/record-wire.ts'

/** Makes the pool that is put to the test; a broken one, for a test of the checker. */
export type CreatePool = (options: HealthAwarePoolOptions) => HealthAwarePool

/** What a run consists of, the callers aside. */
export interface World {
  readonly recorder: HistoryRecorder
  readonly wire: WireRecorder
  readonly proxy: FaultProxy
  readonly pool: HealthAwarePool
  readonly nemesis: Nemesis
  readonly servers: Servers
}

/** A fresh ledger, and a pool behind a proxy in front of it, all of it recorded. */
export async function openWorld(
  servers: Servers,
  seed: number,
  createPool: CreatePool = (options) => new HealthAwarePool(options),
): Promise<World> {
  await createLedger(servers.current)
  const recorder = new HistoryRecorder()
  const wire = new WireRecorder(recorder)
  let nemesis: Nemesis | undefined
  const proxy = await createFaultProxy(servers.current, {
    onStatement: (link, text) => {
      wire.take(link, text)
      nemesis?.onStatement(link, text)
    },
  })
  const { connectionString } = servers.current
  const options = drawPoolOptions(seed)
  const pool = createPool({
    ...options,
    connectionString: proxy.connectionString(connectionString),
    application_name: 'history',
  })
  pool.on('error', () => {}) // what happens to idle clients is the pool's own affair
  const noteSize = recordPool(pool, { recorder, proxy, overlap: options.recycling.overlap })
  nemesis = new Nemesis({ proxy, pool, servers, recorder, noteSize })
  return { recorder, wire, proxy, pool, nemesis, servers }
}

/** How long everything may take that comes after the last fault, ms; far above what it takes. */
export const settleMs = 45_000

/**
 * Ends the pool, and waits until the server does nothing more for it: what black holes held back reaches it now.
 * A pool that is not at rest, or does not end, within `patienceMs` each is left to the checker.
 * @throws {Error} when a session stays, because an audit would be too early then
 */
export async function closeWorld(
  { pool, wire, recorder, servers }: World,
  patienceMs: number = settleMs,
): Promise<void> {
  const atRest = (): boolean => {
    const { leased, waiting, cleaning } = pool.snapshot().counts
    return leased + waiting + cleaning === 0
  }
  await waitFor(atRest, { timeoutMs: patienceMs }).catch(() => {}) // the checker says so
  const { leased, waiting } = pool.snapshot().counts
  let hasEnded = false
  void pool[Symbol.asyncDispose]().then(() => {
    hasEnded = true
  })
  await waitFor(() => hasEnded, { timeoutMs: patienceMs }).catch(() => {})
  recorder.note({ kind: 'rested', leased, waiting, hasEnded })
  wire.sumUp()
  const isQuiet = async (): Promise<boolean> => (await countSessions(servers.current)) === 0
  await waitFor(isQuiet, { describe: 'the end of every session', timeoutMs: settleMs })
}
