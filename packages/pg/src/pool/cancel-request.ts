import { isIP } from 'node:net'
import pg from 'pg'
import { type RunningTime, startDeadline } from '../running-time.ts'
import type { ClientStream, PoolableClient } from './poolable-client.ts'

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
  readonly stream: {
    destroy(): unknown
    once(event: 'secureConnect', listener: () => void): unknown
  }
}

const Channel = pg.Connection as unknown as new (config: {
  ssl: boolean | object
  sslNegotiation: string | undefined
}) => CancelChannel

/**
 * What became of a cancel request. `delivered`: the server has hung up, which it does after it has
 * signalled the backend. `lost`: it was sent and may yet hit anything. `unsent`: it could not be sent.
 * `unneeded`: what was to be cancelled had ended before it was sent.
 */
export type CancelOutcome = 'delivered' | 'lost' | 'unsent' | 'unneeded'

/** How a cancel is asked for. */
export interface CancelRequest {
  readonly time: RunningTime
  readonly timeoutMs: number
  /** Whether what is to be cancelled still runs; asked right before the request is sent. */
  isWanted(): boolean
  done(outcome: CancelOutcome): void
}

/**
 * Asks the server, over a connection of its own, to cancel what `client` is running. From the moment the
 * request is sent until the server has hung up nothing that `client` receives is read, so that pg can send
 * none of what is queued: the cancel may find the statement at its end, but never the one behind it.
 * `done` is called once, within `timeoutMs`.
 */
export function requestCancel(
  client: PoolableClient,
  { time, timeoutMs, isWanted, done }: CancelRequest,
): void {
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client as CancellableClient
  if (!processID || !secretKey || host === undefined || port === undefined) {
    done('unsent')
    return
  }
  let sent = false
  let settled = false
  let readOn: (() => void) | undefined
  const settle = (outcome: CancelOutcome): void => {
    if (settled) return
    settled = true
    cancelDeadline()
    channel.stream.destroy()
    readOn?.()
    done(outcome)
  }
  const channel = new Channel({ ssl: ssl ? verifying(host, ssl) : false, sslNegotiation })
  const cancelDeadline = startDeadline(time, timeoutMs, () => fail())
  const fail = (): void => settle(sent ? 'lost' : 'unsent')
  const send = (): void => {
    if (!isWanted()) {
      settle('unneeded')
      return
    }
    sent = true
    readOn = pauseReading(client.connection?.stream)
    channel.cancel(processID, secretKey)
  }
  channel.on('connect', () => {
    if (!ssl) send()
    else if (sslNegotiation !== 'direct') channel.requestSsl()
  })
  channel.on('sslconnect', () => channel.stream.once('secureConnect', send)) // the handshake has begun
  channel.on('error', fail)
  channel.on('end', () => settle(sent ? 'delivered' : 'unsent'))
  const { remoteAddress, remotePort } = client.connection?.stream ?? {}
  // the very server: a name may lead to another by now, and a stream of the application's own to any
  if (remoteAddress !== undefined && remotePort !== undefined) {
    channel.connect(remotePort, remoteAddress)
  } else if (host.startsWith('/')) channel.connect(`${host}/.s.PGSQL.${port}`)
  else channel.connect(port, host)
}

/** Returns what undoes it; a stream that somebody else has paused is left to them. */
function pauseReading(stream: ClientStream | undefined): (() => void) | undefined {
  if (stream?.pause === undefined || stream.isPaused?.()) return undefined
  stream.pause()
  return () => void stream.resume?.()
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
