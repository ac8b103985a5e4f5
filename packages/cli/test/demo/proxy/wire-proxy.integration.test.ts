import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { waitFor } from '@hale/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WireLink } from '../../../src/demo/proxy/wire-link.ts'
import { WireProxy } from '../../../src/demo/proxy/wire-proxy.ts'

let server: Server
let served: Socket[]
let proxy: WireProxy
let clients: Socket[]

beforeEach(async () => {
  served = []
  clients = []
  server = createServer((socket) => {
    served.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await WireProxy.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
})
afterEach(async () => {
  for (const client of clients) client.destroy()
  await proxy.close()
  for (const socket of served) socket.destroy()
  server.close()
})

/** A client, what it has got so far, and its link. */
async function join(): Promise<{ client: Socket; got: () => string; link: WireLink }> {
  const client = connect(proxy.port, proxy.host)
  clients.push(client)
  client.on('error', () => {})
  let text = ''
  client.on('data', (chunk) => {
    text += chunk
  })
  await once(client, 'connect')
  const link = await waitFor(() =>
    proxy.links.find(({ clientPort }) => clientPort === client.localPort),
  )
  return { client, got: () => text, link }
}

async function untilEchoed(got: () => string, text: string): Promise<void> {
  await waitFor(() => got() === text, { describe: `the echo ${text.slice(0, 20)}` })
}

describe('WireProxy', () => {
  it('passes bytes both ways, and counts those to the client', async () => {
    const { client, got, link } = await join()
    const text = 'x'.repeat(3_000_000) // more than may wait
    client.write(text)
    await untilEchoed(got, text)
    expect(link.downBytes).toBe(text.length)
  })

  it('passes nothing of a frozen link, and all that has waited once it is restored', async () => {
    const [frozen, other] = [await join(), await join()]
    frozen.link.freeze()
    frozen.client.write('waits')
    other.client.write('passes')
    await untilEchoed(other.got, 'passes')
    expect(frozen.got()).toBe('')
    proxy.restore()
    await untilEchoed(frozen.got, 'waits')
  })

  it('tells the server of the end of a frozen client, so that its locks go with it', async () => {
    const { client, link } = await join()
    link.freeze()
    client.destroy()
    await waitFor(() => served[0]?.destroyed)
    await waitFor(() => proxy.links.length === 0)
  })

  it('adds to each round trip of one link what it is told, in order', async () => {
    const { client, got, link } = await join()
    link.delay(60)
    const writtenAt = performance.now()
    for (const letter of 'abc') client.write(letter)
    await untilEchoed(got, 'abc')
    expect(performance.now() - writtenAt).toBeGreaterThanOrEqual(58) // timers may be a ms early, each way
  })

  it('delays links that come later too, until it is restored', async () => {
    proxy.delayAll(60)
    const { client, got } = await join()
    const writtenAt = performance.now()
    client.write('a')
    await untilEchoed(got, 'a')
    expect(performance.now() - writtenAt).toBeGreaterThanOrEqual(58)
  })

  it('passes the end of either side on, and forgets the link', async () => {
    const { client } = await join()
    client.end('last')
    await once(client, 'close')
    await waitFor(() => proxy.links.length === 0)
  })

  it('ends clients whose server is not there', async () => {
    await new Promise((resolve) => server.close(resolve))
    const client = connect(proxy.port, proxy.host)
    clients.push(client)
    client.on('error', () => {})
    client.resume()
    await once(client, 'end')
  })

  it('ends every link when it is closed', async () => {
    const { client } = await join()
    const isClosed = once(client, 'close')
    await proxy.close()
    await isClosed
    expect(proxy.links).toEqual([])
  })
})
