import { type ConnectionHandle, clientConfig } from '@hale/pg'
import type pg from 'pg'

/** How long a session beside the pool may take to end another, ms. */
const PATIENCE_MS = 5_000

/** What of pg's client a control connection needs. */
export interface ControlClient {
  connect(): Promise<unknown>
  query(sql: string, parameters: readonly unknown[]): Promise<unknown>
  end(): unknown
  on?(event: 'error', listener: () => void): unknown
}

/** Class of a client that is dialled beside the pool; it is given the pool's options. */
export type ControlClientConstructor = new (options: never) => ControlClient

/**
 * Ends the session behind `handle` from one beside the pool, at the very server that it is on, unless what
 * it runs has ended by then. Never rejects: where that cannot be done (no slot is left at the server, a
 * pooler hides the backend) the statement is cancelled, and the connection closed when it is released.
 */
export async function killSession(
  handle: ConnectionHandle,
  Client: ControlClientConstructor,
  options: pg.ClientConfig,
): Promise<void> {
  if (!handle.isRunning) return
  let timer: NodeJS.Timeout | undefined
  try {
    const config = clientConfig(options, handle.server)
    // a pool's password is hidden from enumeration, by which the application's own class may copy
    const client = new Client({ ...config, password: config.password } as never)
    client.on?.('error', () => {})
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, PATIENCE_MS, new Error(`no answer within ${PATIENCE_MS} ms`))
    })
    try {
      if (await Promise.race([endBy(client, handle), tooLate])) return
    } finally {
      void Promise.resolve(client.end()).catch(() => {})
    }
  } catch {
    // what follows needs no session
  } finally {
    clearTimeout(timer)
  }
  handle.condemn()
  await handle.cancelRunning()
}

/** Whether nothing runs any more. */
async function endBy(client: ControlClient, handle: ConnectionHandle): Promise<boolean> {
  const { processId } = handle
  if (processId === undefined) return false // a pooler's own number could be a stranger's backend
  await client.connect()
  if (!handle.isRunning) return true
  const kill = `select pg_terminate_backend(${processId}) as "isEnded"`
  const { rows } = (await client.query(kill, [])) as pg.QueryResult<{ readonly isEnded: boolean }>
  return rows[0]?.isEnded === true
}
