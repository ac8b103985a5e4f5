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
 * it runs has ended by then. Never rejects: a session that cannot be ended so (no slot is left, a pooler
 * hides the backend) has its statement cancelled, and is closed when it is released.
 */
export async function killSession(
  handle: ConnectionHandle,
  Client: ControlClientConstructor,
  options: pg.ClientConfig,
): Promise<void> {
  try {
    if (!handle.isRunning || (await hasEnded(handle, Client, options))) return
  } catch {
    // what follows needs no session
  }
  handle.condemn()
  await handle.cancelRunning()
}

/** Whether nothing runs any more, which the session's end is one reason for. */
async function hasEnded(
  handle: ConnectionHandle,
  Client: ControlClientConstructor,
  options: pg.ClientConfig,
): Promise<boolean> {
  const config = clientConfig(options, handle.server)
  // a pool's password is hidden from enumeration, which clients of the application's own may copy by
  const client = new Client({ ...config, password: config.password } as never)
  client.on?.('error', () => {})
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, PATIENCE_MS, new Error(`no end within ${PATIENCE_MS} ms`))
  })
  try {
    await Promise.race([client.connect(), tooLate])
    if (!handle.isRunning) return true
    const kill = `select pg_terminate_backend(${handle.processId}) as "isEnded"`
    const result = await Promise.race([client.query(kill, []), tooLate])
    return (result as Partial<pg.QueryResult> | undefined)?.rows?.[0]?.isEnded === true
  } finally {
    clearTimeout(timer)
    void Promise.resolve(client.end()).catch(() => {})
  }
}
