import pg from 'pg'
import { type RunningTime, startDeadline } from '../running-time.ts'
import type { PoolableClient } from './poolable-client.ts'

/** What a cancel request needs of pg's client: where it is connected to, and as whom. */
interface CancellableClient extends PoolableClient {
  readonly host?: string
  readonly port?: number
  readonly ssl?: unknown
}

interface CancelChannel {
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): unknown
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
  readonly stream: { destroy(): unknown }
}

const Channel = pg.Connection as unknown as new (config: { ssl: unknown }) => CancelChannel

/**
 * Asks the server, over a connection of its own, to cancel what `client` is running. `done(true)` once
 * the server has hung up, which it does after it has signalled the backend: from then on a late cancel
 * can no longer hit the next borrower's statement. `done(false)` when that could not be done in time.
 */
export function requestCancel(
  client: PoolableClient,
  timeoutMs: number,
  time: RunningTime,
  done: (delivered: boolean) => void,
): void {
  const { host, port, ssl, processID, secretKey } = client as CancellableClient
  if (!processID || !secretKey || host === undefined || port === undefined) {
    done(false)
    return
  }
  let sent = false
  let settled = false
  const settle = (delivered: boolean): void => {
    if (settled) return
    settled = true
    cancelDeadline()
    channel.stream.destroy()
    done(delivered)
  }
  const channel = new Channel({ ssl: ssl ?? false })
  const cancelDeadline = startDeadline(time, timeoutMs, () => settle(false))
  const send = (): void => {
    sent = true
    channel.cancel(processID, secretKey)
  }
  channel.on('connect', () => {
    if (ssl) channel.requestSsl()
    else send()
  })
  channel.on('sslconnect', send)
  channel.on('error', () => settle(false))
  channel.on('end', () => settle(sent))
  if (host.startsWith('/')) channel.connect(`${host}/.s.PGSQL.${port}`)
  else channel.connect(port, host)
}
