import { connectionHandleOf, type HealthAwarePool } from '@hale/pg'
import type { FaultProxy } from '@hale/testkit'
import type pg from 'pg'
import type { ConnectionStep } from '../history.ts'
import { tagIn } from '../tags.ts'
import { codeOf } from '../workload/fate.ts'
import type { HistoryRecorder } from './history-recorder.ts'

/** What `recordPool` needs beside the pool. */
export interface PoolRecording {
  readonly recorder: HistoryRecorder
  readonly proxy: Pick<FaultProxy, 'link'>
  /** How many connections the pool may have beyond its `max` while it replaces one. */
  readonly overlap: number
}

const steps = [
  'opened',
  'leased',
  'released',
  'condemned',
  'retired',
  'evicted',
  'closed',
] as const satisfies readonly ConnectionStep[]

/**
 * Notes what callers ask of `pool` and get, between them and the pool whatever it is, and what the pool says of
 * itself. The methods of this one object are replaced, so that it stays the HealthAwarePool that ORMs look for.
 * Returns how to note its size, which changes without an event when an opening begins.
 */
export function recordPool(pool: HealthAwarePool, recording: PoolRecording): () => void {
  const { recorder, overlap } = recording
  const noteSize = (): void => {
    recorder.note({ kind: 'sized', total: pool.totalCount, limit: pool.options.max + overlap })
  }
  recordEvents(pool, recorder, noteSize)
  recordConnect(pool, recording)
  recordQuery(pool, recorder)
  return noteSize
}

function recordEvents(
  pool: HealthAwarePool,
  recorder: HistoryRecorder,
  noteSize: () => void,
): void {
  for (const what of steps) {
    pool.monitor.on(`connection:${what}`, (event) => {
      const cause = 'cause' in event ? event.cause : undefined
      recorder.note({ kind: 'told', what, connectionId: event.connectionId, cause })
      noteSize()
    })
  }
  pool.monitor.on('sweep:finished', noteSize)
  pool.monitor.on('connection:open-failed', noteSize)
}

let asks = 0
let clients = 0
const clientNumbers = new WeakMap<object, number>()

function numberOf(client: object): number {
  const known = clientNumbers.get(client)
  if (known !== undefined) return known
  clients += 1
  clientNumbers.set(client, clients)
  return clients
}

function recordConnect(pool: HealthAwarePool, recording: PoolRecording): void {
  const { recorder } = recording
  const connect = pool.connect.bind(pool) as (options?: object) => Promise<pg.PoolClient>
  const recorded = async (options?: object): Promise<pg.PoolClient> => {
    const ask = noteAsk(pool, recorder)
    try {
      const client = await (options === undefined ? connect() : connect(options))
      noteLease(client, ask, recording)
      return client
    } catch (error) {
      recorder.note({ kind: 'refused', ask, code: codeOf(error) })
      throw error
    }
  }
  pool.connect = recorded as typeof pool.connect
}

function noteAsk(pool: HealthAwarePool, recorder: HistoryRecorder, tag?: string): number {
  asks += 1
  const timeoutMs = pool.options.connectionTimeoutMillis ?? 0
  recorder.note({ kind: 'asked', ask: asks, op: recorder.op, timeoutMs, tag })
  return asks
}

function noteLease(client: pg.PoolClient, ask: number, { recorder, proxy }: PoolRecording): void {
  recorder.note({
    kind: 'lent',
    ask,
    client: numberOf(client),
    connectionId: connectionHandleOf(client)?.connectionId,
    link: proxy.link((client as unknown as { readonly processID: number }).processID)?.id,
    status: client.getTransactionStatus(),
  })
  const { release } = client
  client.release = (error) => {
    recorder.note({ kind: 'returned', ask })
    release(error)
  }
}

/** A `query` of the pool: its lease is the pool's own affair, its statement shows on the wire. */
function recordQuery(pool: HealthAwarePool, recorder: HistoryRecorder): void {
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown
  const recorded = (...given: unknown[]): unknown => {
    const tag = tagIn(textOf(given[0]))
    if (tag !== undefined) noteAsk(pool, recorder, tag)
    return query(...given)
  }
  pool.query = recorded as typeof pool.query
}

function textOf(given: unknown): string {
  if (typeof given === 'string') return given
  return String((given as { readonly text?: unknown }).text)
}
