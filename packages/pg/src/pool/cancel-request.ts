import { isIP } from 'node:net'
import pg from 'pg'
import { type RunningTime, startDeadline } from '../running-time.ts'
import type { PoolableClient } from './poolable-client.ts'

/** What a cancel request needs of pg's client: where it is connected to, and as whom. */
interface CancellableClient extends PoolableClient {
  readonly ssl?: boolean | object
  readonly sslNegotiation?: string
}

interface CancelChannel {
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): unknown
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
  readonly stream: { destroy(): unknown }
}

const Channel = pg.Connection as unknown as new (config: {
  ssl: boolean | object
  sslNegotiation: string | undefined
}) => CancelChannel

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
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client as CancellableClient
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
  const channel = new Channel({ ssl: ssl ? verifying(host, ssl) : false, sslNegotiation })
  const cancelDeadline = startDeadline(time, timeoutMs, () => settle(false))
  const send = (): void => {
    sent = true
    channel.cancel(processID, secretKey)
  }
  channel.on('connect', () => {
    if (!ssl) send()
    else if (sslNegotiation !== 'direct') channel.requestSsl()
  })
  channel.on('sslconnect', send)
  channel.on('error', () => settle(false))
  channel.on('end', () => settle(sent))
  const { remoteAddress, remotePort } = client.connection?.stream ?? {}
  // the very server: a name may lead to another by now, and a stream of the application's own to any
  if (remoteAddress !== undefined && remotePort !== undefined) {
    channel.connect(remotePort, remoteAddress)
  } else if (host.startsWith('/')) channel.connect(`${host}/.s.PGSQL.${port}`)
  else channel.connect(port, host)
}

/** The client's TLS options, with `host` as whom the certificate must name, whatever address is dialled. */
function verifying(host: string, ssl: true | object): object {
  const options: { key?: unknown } = ssl === true ? {} : ssl
  return {
    ...options,
    ...('key' in options && { key: options.key }), // which pg hides from enumeration
    host,
    ...(isIP(host) === 0 && { servername: host }),
  }
}
