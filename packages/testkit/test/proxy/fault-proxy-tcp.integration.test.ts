import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFaultProxy, createSeededRandom, type FaultProxy, waitFor } from '../../src/index.ts'

let server: Server
let proxy: FaultProxy
let served: Socket[]
let client: Socket
let received: Buffer[]

beforeEach(async () => {
  served = []
  received = []
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    served.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  proxy = await createFaultProxy({
    host: '127.0.0.1',
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
  })
  client = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true })
  client.on('error', () => {})
  client.on('data', (chunk: Buffer) => received.push(chunk))
  await waitFor(() => served.length === 1)
})
afterEach(async () => {
  client.destroy()
  for (const socket of served) socket.destroy()
  await proxy.close()
  server.close()
})

const onlyLink = () => {
  const [link] = proxy.links
  if (link === undefined) throw new Error('no link')
  return link
}
const onlyServed = (): Socket => {
  const [socket] = served
  if (socket === undefined) throw new Error('no served socket')
  return socket
}
const receivedText = (): string => Buffer.concat(received).toString()

describe('FaultProxy on raw TCP', () => {
  it('keeps the order of bytes while delay and jitter change', async () => {
    const random = createSeededRandom(3)
    let sent = ''
    for (let round = 0; round < 300; round++) {
      onlyLink().delay(random() * 20, { jitterMs: random() * 30 })
      const word = `${round};`
      sent += word
      onlyServed().write(word)
      await new Promise((resolve) => setImmediate(resolve))
    }
    onlyServed().end()
    await waitFor(() => client.readableEnded, { describe: 'the end after the last byte' })
    expect(receivedText()).toBe(sent)
  })

  it('stalls the share of chunks that it was told, and keeps their order', async () => {
    const startedAt = performance.now()
    onlyLink().stall(1, 60)
    onlyServed().write('late,')
    await waitFor(() => receivedText() === 'late,')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(60)
    onlyLink().stall(0, 60_000)
    onlyServed().write('at once')
    await waitFor(() => receivedText() === 'late,at once', { timeoutMs: 5_000 })
    expect(() => onlyLink().stall(1.5, 60)).toThrow('expected `ratio` to be at most 1, got 1.5')
  })

  it('halfClose ends one way and leaves the other open', async () => {
    onlyLink().halfClose()
    await waitFor(() => client.readableEnded, { describe: 'the FIN' })
    const heard: string[] = []
    onlyServed().on('data', (chunk: Buffer) => heard.push(chunk.toString()))
    client.write('still talking')
    await waitFor(() => heard.join('') === 'still talking')
    onlyServed().write('not heard any more')
    expect(onlyLink().closed).toBe(false)
    expect(receivedText()).toBe('')
  })

  it('passes a half close of the client on and keeps the answer', async () => {
    onlyServed().on('end', () => onlyServed().end('last words'))
    onlyServed().resume()
    client.end('bye')
    await waitFor(() => client.readableEnded)
    expect(receivedText()).toBe('last words')
    await waitFor(() => proxy.links.length === 0)
  })

  it('passes a reset of the server on as a reset', async () => {
    const closed = new Promise((resolve) =>
      client.once('error', (error) => resolve((error as NodeJS.ErrnoException).code)),
    )
    onlyServed().resetAndDestroy()
    expect(await closed).toBe('ECONNRESET')
  })

  it('holds data, its end and a reset back while frozen', async () => {
    const link = onlyLink()
    link.freeze()
    onlyServed().end('farewell')
    client.write('x'.repeat(100))
    await new Promise((resolve) => setImmediate(resolve))
    expect([received.length, client.readableEnded, client.destroyed, link.bytesUp]).toEqual([
      0,
      false,
      false,
      0,
    ])
    link.thaw()
    await waitFor(() => client.readableEnded)
    expect(receivedText()).toBe('farewell')
  })

  it('bounds what it holds for a frozen link', async () => {
    const link = onlyLink()
    link.freeze()
    client.write(Buffer.alloc(64 * 1_048_576)) // far more than the kernel's buffers take
    let looks = 0
    let before = client.writableLength
    await waitFor(
      () => {
        looks = client.bytesWritten - client.writableLength === before ? looks + 1 : 0
        before = client.bytesWritten - client.writableLength
        return looks === 30
      },
      { describe: 'the client to be held up' },
    )
    expect(client.writableLength).toBeGreaterThan(0)
    link.thaw()
    onlyServed().resume()
    await waitFor(() => client.writableLength === 0, { describe: 'the rest to pass' })
  })

  it('resets a client that goes on sending after the server has gone', async () => {
    onlyServed().destroy()
    await waitFor(() => client.readableEnded)
    const timer = setInterval(() => client.write('anyone there?'), 5)
    await waitFor(() => client.destroyed, { describe: 'the reset' })
    clearInterval(timer)
  })

  it('sends new links elsewhere after setUpstream', async () => {
    const { host, port } = proxy
    const second = await createFaultProxy({ host, port })
    const third = await createFaultProxy({ host, port: 1 })
    third.setUpstream({ host, port: second.port })
    const other = connect({ host, port: third.port })
    await waitFor(() => served.length === 2)
    other.destroy()
    await Promise.all([second.close(), third.close()])
  })

  it('keeps user, database and options of a connection string', () => {
    expect(
      proxy.connectionString(
        'postgresql://me:p%40ss@db.example:6543/app?sslmode=disable&host=/tmp',
      ),
    ).toBe(`postgresql://me:p%40ss@127.0.0.1:${proxy.port}/app?sslmode=disable`)
  })

  it('closes every link when it closes', async () => {
    const link = onlyLink()
    link.freeze()
    await proxy.close()
    expect(link.closed).toBe(true)
    await waitFor(() => client.readableEnded || client.destroyed)
  })
})
