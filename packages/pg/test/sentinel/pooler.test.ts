import { describe, expect, it } from 'vitest'
import type { Question } from './asked-client.ts'
import { createSentinelWorld, type FakeServer, type SentinelWorld } from './sentinel-world.ts'

/** A sentinel behind a pooler that lends these backends in turn. */
async function pooled(
  pids: number[],
  odd: Error | 'accept' | 'silence' = 'accept',
): Promise<SentinelWorld> {
  let server: FakeServer | undefined
  const world = createSentinelWorld(
    {},
    {
      createOddClient: () => {
        const client = (server as FakeServer).createClient()
        client.connectReply = odd
        return client
      },
    },
  )
  server = world.server
  server.isPooled = true
  server.pooledPids = pids
  world.connect(1)
  await world.tick()
  return world
}

const refusesOptions = Object.assign(
  new Error('unsupported startup parameter in options: hale.sentinel'),
  { code: '08P01', severity: 'FATAL' },
)

describe('a pooler', () => {
  it('is PgBouncer when it refuses a setting in its words', async () => {
    const { sentinel } = await pooled([5], refusesOptions)
    expect(sentinel.view.snapshot(0).pooler).toEqual({ name: 'pgbouncer', mode: 'transaction' })
    expect(sentinel.state).toBe('pooled')
  })
  it.each([
    ['lets it pass', 'accept' as const],
    ['refuses it in other words', new Error('no')],
  ])('is unknown when it %s', async (_what, odd) => {
    const { sentinel, server } = await pooled([5], odd)
    expect(sentinel.view.snapshot(0).pooler?.name).toBe('unknown')
    expect(server.open).toHaveLength(1)
  })
  it('lends by transaction when two clients get one backend', async () => {
    const { sentinel } = await pooled([5, 5])
    expect(sentinel.view.snapshot(0).pooler?.mode).toBe('transaction')
  })
  it('lends by transaction when one client gets several', async () => {
    const { sentinel } = await pooled([5, 6, 7])
    expect(sentinel.view.snapshot(0).pooler?.mode).toBe('transaction')
  })
  it('lends by session when each client keeps its own', async () => {
    const world = createSentinelWorld()
    const { server } = world
    const createClient = server.createClient.bind(server)
    server.createClient = () => {
      const client = createClient()
      const { reply } = client
      const ofItsOwn = 5_000 + server.clients.length
      client.reply = (question: Question) => {
        server.pooledPids = [ofItsOwn]
        return reply(question)
      }
      return client
    }
    server.isPooled = true
    world.connect(1)
    await world.tick()
    await world.settle()
    expect(world.sentinel.view.snapshot(0).pooler?.mode).toBe('session')
    await world.tick()
    expect(server.open).toEqual([]) // it takes no backend for good
    for (let turn = 0; turn < 30; turn += 1) await world.tick()
    expect(server.open).toEqual([])
    expect(server.count('facts')).toBe(0)
  })
  it('is of unknown mode when there is no second session', async () => {
    const world = createSentinelWorld()
    let isFirst = true
    world.server.isPooled = true
    world.server.pooledPids = [5]
    const createClient = world.server.createClient.bind(world.server)
    world.server.createClient = () => {
      world.server.connectReply = isFirst ? 'accept' : new Error('no')
      isFirst = false
      return createClient()
    }
    world.connect(1)
    await world.tick()
    await world.settle()
    expect(world.sentinel.view.snapshot(0).pooler).toEqual({ name: 'unknown', mode: undefined })
  })
  it('is asked about the server, and about nothing else, without settings or names', async () => {
    const { server, sentinel } = await pooled([5], refusesOptions)
    expect(new Set(server.topics)).toEqual(new Set(['greeting', 'facts']))
    for (const { asked } of server.clients) {
      expect(asked.every(({ name, values }) => name === undefined && values === undefined)).toBe(
        true,
      )
    }
    expect(sentinel.heardAt).toBeGreaterThan(0)
  })
  it('is recognised once', async () => {
    const world = await pooled([5], refusesOptions)
    const before = world.server.clients.length
    world.server.open[0]?.die()
    for (let turn = 0; turn < 30; turn += 1) await world.tick()
    expect(world.server.clients.length).toBe(before + 1)
    expect(world.sentinel.state).toBe('pooled')
  })
  it('makes the answer about a connection unknown', async () => {
    const world = await pooled([5])
    const told: string[] = []
    const [connection] = world.connections
    if (connection !== undefined) world.sentinel.ask(connection, (answer) => void told.push(answer))
    await world.settle()
    expect(told).toEqual(['unknown'])
  })
})
