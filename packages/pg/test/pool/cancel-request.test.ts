import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { createFakeClock } from '@hale/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type CancelOutcome, requestCancel } from '../../src/pool/cancel-request.ts'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { RunningTime } from '../../src/running-time.ts'

const servers: Server[] = []
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** A server that does `answer` with what it is sent; gives where it listens. */
async function listen(
  answer: (socket: Socket, received: Buffer) => void,
  at: number | string = 0,
): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (received) => answer(socket, received))
  })
  servers.push(server)
  await new Promise<void>((resolve) => {
    if (typeof at === 'string') server.listen(at, resolve)
    else server.listen(at, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const [ca, cert, key] = ['ca.crt', 'server.crt', 'server.key'].map((name) =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url)),
)

const session = { host: '127.0.0.1', processID: 4_711, secretKey: 42 }

/** What came of it, on a clock that stands still unless `whileWaiting` moves it. */
function request(
  client: object,
  whileWaiting = (_advance: (ms: number) => void) => {},
  isWanted: () => boolean = () => true,
): Promise<CancelOutcome> {
  const clock = createFakeClock()
  return new Promise((resolve) => {
    const time = new RunningTime(clock)
    requestCancel(client as PoolableClient, { time, timeoutMs: 1_000, isWanted, done: resolve })
    whileWaiting((ms) => clock.advance(ms))
  })
}

describe('requestCancel', () => {
  it('names the backend, and is delivered when the server hangs up', async () => {
    const messages: Buffer[] = []
    const port = await listen((socket, received) => {
      messages.push(received)
      socket.end()
    })
    expect(await request({ ...session, port })).toBe('delivered')
    const [message] = messages as [Buffer]
    expect(message.length).toBe(16)
    expect([4, 8, 12].map((at) => message.readInt32BE(at))).toEqual([80_877_102, 4_711, 42])
  })
  it('reaches the very server, wherever the name leads by now', async () => {
    const remotePort = await listen((socket) => socket.end())
    const stream = { remoteAddress: '127.0.0.1', remotePort }
    const client = { ...session, host: 'elsewhere.invalid', port: 1, connection: { stream } }
    expect(await request(client)).toBe('delivered')
  })
  it('goes through a Unix socket where the session does', async () => {
    const directory = tmpdir()
    const port = process.pid
    await listen((socket) => socket.end(), join(directory, `.s.PGSQL.${port}`))
    expect(await request({ ...session, host: directory, port })).toBe('delivered')
  })
  it('asks for TLS first where the session has it', async () => {
    const messages: Buffer[] = []
    const port = await listen((socket, received) => {
      messages.push(received)
      socket.end('N') // this server has none
    })
    expect(await request({ ...session, port, ssl: { rejectUnauthorized: false } })).toBe('unsent')
    expect(messages.map((message) => message.readInt32BE(4))).toEqual([80_877_103])
  })
  it.each([
    ['by name', 'localhost', { ca, key: undefined }],
    ['by address', '127.0.0.1', { ca }],
  ])('goes through TLS where the session speaks nothing else, %s', async (_what, host, ssl) => {
    const tls = createTlsServer({ cert, key, ALPNProtocols: ['postgresql'] }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.end())
    })
    servers.push(tls)
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const { port } = tls.address() as AddressInfo
    const stream = { remoteAddress: '127.0.0.1', remotePort: port }
    const client = { ...session, host, port, ssl, sslNegotiation: 'direct', connection: { stream } }
    expect(await request(client)).toBe('delivered')
  })
  it('goes to no server that it does not trust', async () => {
    const port = await listen((socket) => socket.end('S'))
    expect(await request({ ...session, port, ssl: true })).toBe('unsent')
  })
  it('fails when nobody listens', async () => {
    const port = await listen(() => {})
    servers.pop()?.close()
    expect(await request({ ...session, port })).toBe('unsent')
  })
  it('fails when the server does not hang up in time', async () => {
    let heard: () => void = () => {}
    const sent = new Promise<void>((resolve) => {
      heard = resolve
    })
    const port = await listen(() => heard())
    const answer = request({ ...session, port }, (advance) => {
      void sent.then(() => advance(1_000))
    })
    expect(await answer).toBe('lost')
  })
  it('is not sent once nobody wants it any more', async () => {
    const messages: Buffer[] = []
    const port = await listen((_socket, received) => void messages.push(received))
    expect(await request({ ...session, port }, undefined, () => false)).toBe('unneeded')
    expect(messages).toEqual([])
  })
  it('is lost when its connection breaks after it was sent', async () => {
    const port = await listen((socket) => socket.resetAndDestroy())
    expect(await request({ ...session, port })).toBe('lost')
  })
  it('has nothing read of the session from its sending until the server has hung up', async () => {
    const steps: string[] = []
    const port = await listen((socket) => {
      steps.push('received')
      socket.end()
    })
    const stream = {
      pause: () => steps.push('pause'),
      resume: () => steps.push('resume'),
    }
    const isWanted = (): boolean => steps.push('wanted') > 0
    const outcome = await request({ ...session, port, connection: { stream } }, undefined, isWanted)
    expect(outcome).toBe('delivered')
    expect(steps).toEqual(['wanted', 'pause', 'received', 'resume'])
  })
  it('leaves a stream paused that somebody else has paused', async () => {
    const port = await listen((socket) => socket.end())
    const stream = { isPaused: () => true, pause: () => {}, resume: () => Promise.reject() }
    expect(await request({ ...session, port, connection: { stream } })).toBe('delivered')
  })
  it('fails at once for a client without a cancel key, or without an address', async () => {
    expect(await request({ ...session, port: 1, secretKey: null })).toBe('unsent')
    expect(await request({ ...session, port: 1, processID: 0 })).toBe('unsent')
    expect(await request({ ...session, port: 1, host: undefined })).toBe('unsent')
    expect(await request({ ...session, port: undefined })).toBe('unsent')
  })
})
