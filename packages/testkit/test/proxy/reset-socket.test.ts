import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { resetSocket } from '../../src/proxy/reset-socket.ts'

/** The two ends of one connection on this machine. */
async function openPair() {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ]
  server.close()
  near.resume()
  const errors: string[] = []
  for (const socket of [near, far]) {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message))
  }
  return { near, far, errors }
}

/** Unlike `once`, it does not mind an error. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

describe('resetSocket', () => {
  it('closes a socket that is sending its FIN', async () => {
    const { far, near, errors } = await openPair()
    far.write('x')
    far.end()
    await once(near, 'data') // the shutdown is under way, or over
    far.resume()
    resetSocket(far)
    await closeOf(far)
    expect(errors).not.toContain('EINVAL')
  })

  it('closes a socket whose FIN was asked for in the same turn', async () => {
    const { far, errors } = await openPair()
    far.end()
    resetSocket(far)
    await closeOf(far)
    expect(errors).not.toContain('EINVAL')
  })

  it('resets the other end at once where nothing is on its way', async () => {
    const { far, near, errors } = await openPair()
    resetSocket(far)
    await closeOf(near)
    expect(errors).toEqual(['ECONNRESET'])
  })
})
