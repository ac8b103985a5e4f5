import { lookup } from 'node:dns/promises'
import { isIP, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { clientConfig } from '@hale/pg'
import pg from 'pg'
import type { NetworkFacts, TlsFacts } from './database-facts.ts'
import { DoctorSession } from './doctor-session.ts'
import { connectionOf, streamOf } from './stream-of.ts'

/** How each of our sessions is named on the server. */
const application_name = 'hale doctor'

export interface ConnectOptions {
  readonly connectionString: string
  readonly timeoutMs: number
  /** Startup options of the session; a pooler may refuse them. */
  readonly options?: string
}

export interface Connected {
  readonly session: DoctorSession
  readonly times: Pick<NetworkFacts, 'lookupMs' | 'tcpMs' | 'tlsMs' | 'startMs' | 'connectMs'>
  readonly tls: TlsFacts
}

/** A client that is not connected; says where the URL leads. @throws {TypeError} when it cannot be read */
export function createClient(options: ConnectOptions): pg.Client {
  return clientOf(options, new Socket())
}

/** Opens a session, and times its parts. Rejects with what pg says, or the operating system. */
export async function connect(options: ConnectOptions): Promise<Connected> {
  const socket = new Socket()
  const client = clientOf(options, socket)
  const startedAt = performance.now()
  const marks: { lookedUpAt?: number; connectedAt?: number; securedAt?: number } = {}
  socket.once('lookup', () => {
    marks.lookedUpAt = performance.now()
  })
  socket.once('connect', () => {
    marks.connectedAt = performance.now()
  })
  connectionOf(client).once('sslconnect', () => {
    streamOf(client).once('secureConnect', () => {
      marks.securedAt = performance.now()
    })
  })
  const session = new DoctorSession(client, options.timeoutMs)
  try {
    await client.connect()
  } catch (error) {
    socket.destroy()
    throw error
  }
  const readyAt = performance.now()
  const { lookedUpAt = startedAt, connectedAt = lookedUpAt, securedAt } = marks
  const times = {
    lookupMs: isName(client.host) ? lookedUpAt - startedAt : undefined,
    tcpMs: client.host.startsWith('/') ? undefined : connectedAt - lookedUpAt,
    tlsMs: securedAt === undefined ? undefined : securedAt - connectedAt,
    startMs: readyAt - (securedAt ?? connectedAt),
    connectMs: readyAt - startedAt,
  }
  return { session, times, tls: tlsOf(streamOf(client)) }
}

/** How many addresses a name stands for; `undefined` where there is nothing to look up. */
export async function countAddresses(host: string): Promise<number | undefined> {
  if (!isName(host)) return undefined
  try {
    const found = await lookup(host, { all: true })
    return new Set(found.map(({ address }) => address)).size
  } catch {
    return undefined // it was found a moment ago: nothing that is worth a word
  }
}

/** Whether nothing of the network lies between. */
export function isLocalHost(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function clientOf(options: ConnectOptions, socket: Socket): pg.Client {
  const { connectionString, timeoutMs } = options
  const config = clientConfig({ connectionString }, { application_name })
  return new pg.Client({
    ...config,
    password: config.password, // which a spread does not take along
    connectionTimeoutMillis: timeoutMs,
    stream: () => socket,
    ...(options.options !== undefined && { options: options.options }),
  } as pg.ClientConfig)
}

function isName(host: string): boolean {
  return isIP(host) === 0 && !host.startsWith('/')
}

function tlsOf(stream: Socket): TlsFacts {
  if (!(stream instanceof TLSSocket)) {
    return { isOn: false, protocol: undefined, isVerified: undefined, certificateEndsAt: undefined }
  }
  const endsAt = Date.parse(stream.getPeerCertificate().valid_to ?? '')
  return {
    isOn: true,
    protocol: stream.getProtocol() ?? undefined,
    isVerified: stream.authorized,
    certificateEndsAt: Number.isNaN(endsAt) ? undefined : endsAt,
  }
}
