import { ConnectionHealthMonitor, healthDefaults, type ServerAnswer } from '@hale/core'
import { createFakeClock, type FakeClock } from '@hale/testkit'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/pool/connection.ts'
import { RunningTime } from '../../src/running-time.ts'
import { findLocalBackend } from '../../src/sentinel/local-backends.ts'
import { Sentinels } from '../../src/sentinel/sentinels.ts'
import { snapshotServer } from '../../src/snapshot-server.ts'
import { createConnection, FakeServer, serverEpoch } from './sentinel-world.ts'

function createWorld(
  options: pg.PoolConfig = {},
  clock: FakeClock = createFakeClock(100_000),
  applicationName?: string,
) {
  const time = new RunningTime(clock)
  const server = new FakeServer(clock)
  const monitor = new ConnectionHealthMonitor({ clock, health: healthDefaults })
  const connections: Connection[] = []
  const configs: pg.ClientConfig[] = []
  const sentinels = new Sentinels({
    policy: { intervalMs: 1_000, timeoutMs: 1_000, applicationName },
    options,
    time,
    monitor,
    random: () => 1,
    createClient: (config) => {
      configs.push(config)
      return server.createClient()
    },
    connections: () => connections,
    onChanged: () => {},
    onPooled: () => {},
    onBlocked: () => {},
  })
  return {
    clock,
    server,
    sentinels,
    connections,
    configs,
    connect(pid: number, host: string | undefined = 'db1') {
      const connection = createConnection(monitor, clock.now(), pid, { host, port: 5432 })
      connections.push(connection)
      server.backends.push({ pid, state: 'active', startedAt: serverEpoch + clock.now() })
      return connection
    },
    async pass(ms: number) {
      await clock.advanceAsync(ms)
      for (let step = 0; step < 20; step += 1) await clock.advanceAsync(0)
    },
  }
}

describe('Sentinels', () => {
  it('look every interval, and open a session per server', async () => {
    const world = createWorld()
    world.sentinels.start()
    world.connect(1, 'db1')
    world.connect(2, 'db2')
    await world.pass(1_000)
    expect(world.configs.map(({ host }) => host)).toEqual(['db1', 'db2'])
    world.sentinels.stop(() => {})
  })
  it('know how far the server is behind that has most connections, for three rounds', async () => {
    const world = createWorld()
    const lag = () => world.sentinels.standbyLagMs(world.clock.now())
    expect([lag(), world.sentinels.view]).toEqual([undefined, undefined])
    world.server.isStandby = true
    world.server.facts = { replay: { lag_ms: 7 } }
    world.sentinels.start()
    world.connect(1, 'db1')
    await world.pass(1_000)
    expect(lag()).toBe(7)
    world.connect(2, 'db2')
    world.connect(3, 'db2')
    await world.pass(1_000)
    expect(world.sentinels.view).toBe(world.sentinels.main?.view)
    expect(lag()).toBe(7)
    world.sentinels.stop(() => {})
    await world.pass(30_000)
    expect(lag()).toBe(7)
    await world.pass(1)
    expect(lag()).toBeUndefined()
  })
  it('are those of the pool but for their name and what is meant for statements', async () => {
    const world = createWorld({
      connectionString: 'postgresql://me:secret@elsewhere:1/shop?application_name=shop',
      statement_timeout: 5,
      query_timeout: 6,
    })
    world.sentinels.start()
    world.connect(1)
    await world.pass(1_000)
    const [config] = world.configs
    expect(config).toMatchObject({
      host: 'db1',
      port: 5432,
      user: 'me',
      password: 'secret',
      database: 'shop',
      application_name: 'hale sentinel (shop)',
      statement_timeout: 0,
      query_timeout: 0,
    })
    expect(JSON.stringify(config)).not.toContain('secret')
    world.sentinels.stop(() => {})
  })
  it.each([
    ['hale sentinel', undefined, undefined],
    ['watcher', 'shop', 'watcher'],
  ])('are called %s', async (name, own, chosen) => {
    const options = own === undefined ? {} : { application_name: own }
    const world = createWorld(options, createFakeClock(100_000), chosen)
    world.sentinels.start()
    world.connect(1)
    await world.pass(1_000)
    expect(world.configs[0]?.application_name).toBe(name)
    world.sentinels.stop(() => {})
  })
  it('drop a server that nobody is connected to any more, and its session', async () => {
    const world = createWorld()
    world.sentinels.start()
    world.connect(1, 'db1')
    world.connect(2, 'db2')
    await world.pass(1_000)
    world.connections.shift()
    for (let turn = 0; turn < 10; turn += 1) await world.pass(1_000)
    expect(world.server.open).toHaveLength(1)
    world.connect(3, 'db1')
    await world.pass(1_000)
    expect(world.server.open).toHaveLength(2)
    world.sentinels.stop(() => {})
  })
  it('have for main that of the server with most connections', async () => {
    const world = createWorld()
    world.sentinels.start()
    expect(world.sentinels.main).toBeUndefined()
    world.connect(1, 'db1')
    world.connect(2, 'db2')
    world.connect(3, 'db2')
    await world.pass(1_000)
    world.server.facts = {}
    const main = world.sentinels.main
    world.connections.splice(1)
    expect(world.sentinels.main).not.toBe(main)
    world.connections.length = 0
    expect(world.sentinels.main).toBe(main) // of the latest server, until there is one again
    world.sentinels.stop(() => {})
  })
  it('leave out connections that are not open yet, or have no backend', async () => {
    const world = createWorld()
    world.sentinels.start()
    world.connect(0)
    await world.pass(3_000)
    expect(world.configs).toEqual([])
    world.sentinels.stop(() => {})
  })
  it('ask the server of a connection', async () => {
    const world = createWorld()
    world.sentinels.start()
    const connection = world.connect(1)
    const told: ServerAnswer[] = []
    world.sentinels.ask(connection, (answer) => void told.push(answer))
    await world.pass(0)
    expect(told).toEqual(['active'])
    expect(world.sentinels.heardAt).toBe(world.clock.now())
    expect(world.sentinels.main?.view.isPooled).toBe(false)
    world.sentinels.stop(() => {})
  })
  it('have heard of nobody before they asked', () => {
    const world = createWorld()
    expect(world.sentinels.heardAt).toBe(Number.NEGATIVE_INFINITY)
    world.connect(1)
    expect(world.sentinels.main).toBeUndefined()
  })

  describe('stopped', () => {
    it('close every session, and say so', async () => {
      const world = createWorld()
      world.sentinels.start()
      world.connect(1, 'db1')
      world.connect(2, 'db2')
      await world.pass(1_000)
      let isStopped = false
      world.sentinels.stop(() => {
        isStopped = true
      })
      await world.pass(0)
      expect(isStopped).toBe(true)
      expect(world.server.open).toEqual([])
      expect(world.clock.pending).toBe(0)
    })
    it('say so at once where there is nothing to close', () => {
      const world = createWorld()
      world.sentinels.start()
      let isStopped = false
      world.sentinels.stop(() => {
        isStopped = true
      })
      expect(isStopped).toBe(true)
      expect(world.clock.pending).toBe(0)
    })
    it('ask nobody any more, and answer that', async () => {
      const world = createWorld()
      world.sentinels.start()
      const connection = world.connect(1)
      world.sentinels.stop(() => {})
      const told: ServerAnswer[] = []
      world.sentinels.ask(connection, (answer) => void told.push(answer))
      expect(told).toEqual([])
      await world.pass(0)
      expect(told).toEqual(['unknown'])
      expect(world.configs).toEqual([])
    })
  })
})

describe('backends of this process', () => {
  it('are found across pools, by server and process id', async () => {
    const clock = createFakeClock(100_000)
    const [one, other] = [createWorld({}, clock), createWorld({}, clock)]
    other.server.startedAt = '1780000000.5'
    const connections = [one.connect(1), other.connect(1)]
    for (const { sentinels } of [one, other]) sentinels.start()
    await one.pass(1_000)
    expect(findLocalBackend(one.server.startedAt, 1)).toBe(connections[0])
    expect(findLocalBackend(other.server.startedAt, 1)).toBe(connections[1])
    expect(findLocalBackend(one.server.startedAt, 2)).toBeUndefined()
    one.sentinels.stop(() => {})
    expect(findLocalBackend(one.server.startedAt, 1)).toBeUndefined()
    other.sentinels.stop(() => {})
  })
})

describe('snapshotServer', () => {
  const memory = { limit: undefined }

  it('says that nobody asks where the sentinel is off', () => {
    const { limits, sentinel } = snapshotServer([], { sentinels: undefined, memory }, 0)
    expect(sentinel).toBe('off')
    expect(limits).toEqual([{ fact: "the server's side", reason: 'the sentinel is off' }])
  })
  it('says once why memory cannot be seen', () => {
    const limit = { fact: 'backend memory', reason: 'it needs PostgreSQL 14' }
    const { limits } = snapshotServer([], { sentinels: undefined, memory: { limit } }, 0)
    expect(limits.at(-1)).toEqual(limit)
  })
  it('says what connections were told until the sentinel knows', async () => {
    const world = createWorld()
    const connection = world.connect(1)
    Object.assign(connection.wire, { serverVersion: '18.4', inHotStandby: true })
    const before = snapshotServer(world.connections, { sentinels: world.sentinels, memory }, 0)
    expect(before).toMatchObject({
      host: 'db1',
      version: '18.4',
      role: 'standby',
      inHotStandby: true,
      sentinel: 'resting',
      limits: [],
    })
    world.sentinels.start()
    await world.pass(1_000)
    const after = snapshotServer(
      world.connections,
      { sentinels: world.sentinels, memory },
      world.clock.now(),
    )
    expect(after).toMatchObject({ role: 'primary', inHotStandby: false, sentinel: 'watching' })
    Object.assign(connection.wire, { inHotStandby: false })
    const unasked = snapshotServer(world.connections, { sentinels: undefined, memory }, 0)
    expect(unasked.role).toBe('primary')
    world.sentinels.stop(() => {})
  })
})
