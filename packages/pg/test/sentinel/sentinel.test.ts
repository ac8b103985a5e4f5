import type { ServerAnswer } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { AskedClient, refusal } from './asked-client.ts'
import { createSentinelWorld, type SentinelWorld, serverEpoch } from './sentinel-world.ts'

/** What whoever asks is told, in order. */
function ask(world: SentinelWorld, index = 0): ServerAnswer[] {
  const told: ServerAnswer[] = []
  const connection = world.connections[index]
  if (connection === undefined) throw new Error('no connection')
  world.sentinel.ask(connection, (answer) => void told.push(answer))
  return told
}

function limitsOf(world: SentinelWorld): Record<string, string> {
  return Object.fromEntries(world.sentinel.view.limits.map(({ fact, reason }) => [fact, reason]))
}

/** A world that watches one connection. */
async function watching(options?: { intervalMs?: number; timeoutMs?: number }) {
  const world = createSentinelWorld(options)
  const connection = world.connect(1)
  await world.tick()
  return { ...world, world, connection, first: world.server.latest }
}

describe('a session', () => {
  it('is opened when there is something to watch, and settles in before it asks', async () => {
    const world = createSentinelWorld()
    await world.tick()
    expect(world.server.clients).toEqual([])
    expect(world.sentinel.state).toBe('resting')
    world.connect(1)
    await world.tick()
    expect(world.server.topics.slice(0, 3)).toEqual(['greeting', 'settings', 'activity'])
    expect(world.sentinel.state).toBe('watching')
  })
  it('is bounded by the server sooner than by us', async () => {
    const { first } = await watching({ timeoutMs: 800 })
    const settings = first.asked[1]?.text
    expect(settings).toContain("'statement_timeout', '400'")
    expect(settings).toContain("'lock_timeout', '400'")
    expect(settings).toContain("'idle_session_timeout', '0'")
  })
  it('is asked for no setting that its version does not know', async () => {
    const world = createSentinelWorld()
    world.server.version = '130012'
    world.connect(1)
    await world.tick()
    expect(world.server.latest.asked[1]?.text).not.toMatch(
      /idle_session_timeout|transaction_timeout/,
    )
  })
  it('is closed when there has been nothing to watch for a while', async () => {
    const { world, first } = await watching()
    world.connections.length = 0
    for (let turn = 0; turn < 9; turn += 1) await world.tick()
    expect(first.isClosed).toBe(false)
    await world.tick()
    expect(first.isClosed).toBe(true)
    expect(world.sentinel.isResting).toBe(true)
  })
  it('is not closed in the middle of a question for want of connections', async () => {
    const { world, first } = await watching({ timeoutMs: 60_000 })
    world.server.instead.set('activity', 'silence')
    await world.tick()
    world.connections.length = 0
    for (let turn = 0; turn < 20; turn += 1) await world.tick()
    expect(first.isClosed).toBe(false)
    expect(world.sentinel.state).toBe('watching')
  })
  it('that dies is opened anew in the next turn', async () => {
    const { world, first } = await watching()
    first.die()
    await world.tick()
    await world.tick()
    expect(world.server.open).toHaveLength(1)
    expect(world.sentinel.state).toBe('watching')
    expect(limitsOf(world)).not.toHaveProperty("the server's side")
  })
  it('that never answers more than a greeting is not opened over and over', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.instead.set('activity', 'silence')
    for (let turn = 0; turn < 30; turn += 1) await world.tick()
    expect(world.server.clients.length).toBeLessThan(8)
  })
})

describe('turns', () => {
  it('look once each while a connection is lent', async () => {
    const { world } = await watching()
    for (let turn = 0; turn < 5; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBe(6)
  })
  it('look rarely while nobody holds one', async () => {
    const { world, connection } = await watching()
    connection.moveTo('idle')
    for (let turn = 0; turn < 20; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBe(1 + 1 + 2) // the first quiet one, and two of twenty
    connection.moveTo('leased')
    await world.tick()
    expect(world.server.count('activity')).toBe(5)
  })
  it('look at locks in every fifth', async () => {
    const { world, first } = await watching()
    for (let turn = 0; turn < 5; turn += 1) await world.tick()
    const names = first.asked.flatMap(({ name }) => (name?.includes('activity') ? name : []))
    const withLocks = names.map((name) => name.endsWith('and locks'))
    expect(withLocks).toEqual([true, false, false, false, false, true])
  })
  it('look at locks again for as long as anybody is seen to wait for one', async () => {
    const { world, first } = await watching()
    const [backend] = world.server.backends
    const closer = async (): Promise<boolean> => {
      await world.tick()
      return (
        first.asked
          .findLast(({ name }) => name?.includes('activity'))
          ?.name?.endsWith('and locks') ?? false
      )
    }
    expect(await closer()).toBe(false)
    Object.assign(backend ?? {}, { wait: 'Lock:tuple' })
    expect([await closer(), await closer(), await closer()]).toEqual([false, true, true])
    Object.assign(backend ?? {}, { wait: null })
    expect([await closer(), await closer()]).toEqual([true, false])
  })
  it('ask one question at a time', async () => {
    const { world } = await watching({ timeoutMs: 5_000 })
    world.server.instead.set('activity', 'silence')
    for (let turn = 0; turn < 4; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBe(2)
  })
  it('wait where the server takes more than a hundredth of the time', async () => {
    const { world } = await watching()
    world.server.tookMs = 30
    await world.tick()
    const before = world.server.count('activity')
    await world.tick()
    await world.tick()
    expect(world.server.count('activity')).toBe(before)
    await world.tick()
    expect(world.server.count('activity')).toBe(before + 1)
  })
  it('note where leases begin once somebody waits for a lock', async () => {
    const { world } = await watching()
    expect(world.blocked.count).toBe(0)
    world.server.backends = [
      { pid: 1, state: 'active', startedAt: serverEpoch + 100_000, blockers: [7], waitingAt: 0 },
    ]
    await world.tick()
    expect(world.blocked.count).toBe(1)
  })
})

describe('a question about a connection', () => {
  it('is answered at once, between turns', async () => {
    const { world } = await watching()
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['active'])
  })
  it('is answered later than it is asked, however it is answered', async () => {
    const { world } = await watching()
    world.server.isPooled = true
    const told = ask(world)
    expect(told).toEqual([])
    await world.settle()
    expect(told).toHaveLength(1)
  })
  it('is not concluded from behind a pooler, which is said once', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.isPooled = true
    await world.tick()
    await world.tick()
    const told = ask(world)
    await world.settle()
    expect([told, world.pooled.count, world.sentinel.state]).toEqual([['unknown'], 1, 'pooled'])
  })
  it('is answered to everybody who asks it', async () => {
    const { world } = await watching()
    const all = [ask(world), ask(world), ask(world)] // the last two wait for the first
    await world.settle()
    expect(all).toEqual([['active'], ['active'], ['active']])
  })
  it('that comes while another is on its way is answered by the next look', async () => {
    const { world } = await watching()
    world.connect(2, { state: 'idle' })
    const first = ask(world, 0)
    await Promise.resolve()
    const second = ask(world, 1)
    await world.settle()
    expect([first, second]).toEqual([['active'], ['idle']])
  })
  it('opens a session where there is none, whatever the back-off', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = new Error('Connection terminated unexpectedly')
    await world.tick()
    world.server.connectReply = 'accept'
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['active'])
  })
  it('is asked a second time over a new session when the first turns out to be dead', async () => {
    const { world, first } = await watching()
    let isFirst = true
    world.server.instead.set('activity', () => {
      const reply = isFirst ? 'silence' : undefined
      isFirst = false
      return reply
    })
    const told = ask(world)
    await world.clock.advanceAsync(1_000)
    await world.settle()
    expect(first.isClosed).toBe(true)
    expect(told).toEqual(['active'])
  })
  it('is unanswered when neither session gets an answer', async () => {
    const { world } = await watching()
    world.server.instead.set('activity', 'silence')
    world.server.connectReply = 'silence'
    const told = ask(world)
    await world.clock.advanceAsync(1_999)
    expect(told).toEqual([])
    await world.clock.advanceAsync(1)
    await world.settle()
    expect(told).toEqual(['unanswered'])
    expect(world.server.clients).toHaveLength(2)
  })
  it('is told once although the session dies right after its answer', async () => {
    const { world } = await watching()
    await world.tick(10_000)
    world.server.instead.set('facts', 'silence')
    await world.clock.advanceAsync(10_000)
    const told = ask(world)
    await world.clock.advanceAsync(5_000)
    await world.settle()
    expect(told).toEqual(['active'])
    expect(world.server.count('facts')).toBeGreaterThan(1)
  })
  it.each([
    ['no connection is left', refusal('53300', 'FATAL')],
    ['the password is wrong', refusal('28P01', 'FATAL')],
    ['the server starts up', refusal('57P03', 'FATAL')],
    ['no file descriptor is left', Object.assign(new Error('no'), { code: 'EMFILE' })],
    ['the client class throws', new TypeError('no')],
  ])('is unknown when %s', async (_what, error) => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = error
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['unknown'])
    expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
  })
  it('is unknown, for good, where the client class cannot be asked', async () => {
    const world = createSentinelWorld(
      {},
      { createClient: () => Object.assign(new AskedClient(), { connection: undefined }) },
    )
    world.connect(1)
    const first = ask(world)
    await world.settle()
    const second = ask(world)
    world.heardAt = 0
    for (let turn = 0; turn < 100; turn += 1) await world.tick()
    expect([first, second]).toEqual([['unknown'], ['unknown']])
    expect(limitsOf(world)).toEqual({ "the server's side": 'the client class cannot be asked' })
    expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
  })
  it('about a connection that is gone meanwhile is answered all the same', async () => {
    const { world, connection } = await watching()
    const told = ask(world)
    world.connections.splice(0)
    world.server.backends = []
    await world.settle()
    expect(told).toHaveLength(1)
    expect(connection.state).toBe('leased')
  })
  it('is answered by whoever throws in vain', async () => {
    const { world, connection } = await watching()
    world.sentinel.ask(connection, () => {
      throw new RangeError('ours')
    })
    await expect(world.settle()).rejects.toThrow(RangeError) // where timers throw, too
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['active'])
  })
})

describe('a server that cannot be reached', () => {
  it('is tried again with pauses that double, up to half a minute', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = new Error('Connection terminated unexpectedly')
    const triedAt: number[] = []
    for (let turn = 0; turn < 200; turn += 1) {
      const before = world.server.clients.length
      await world.tick()
      if (world.server.clients.length > before) triedAt.push(world.clock.now())
    }
    const pauses = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0))
    expect(pauses.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000])
    expect(Math.max(...pauses)).toBe(30_000)
    expect(world.sentinel.state).toBe('unreachable')
  })
  it('is tried again after half of the pause at the earliest', async () => {
    const world = createSentinelWorld({ intervalMs: 100 }, { random: () => 0 })
    world.connect(1)
    world.server.connectReply = new Error('Connection terminated unexpectedly')
    await world.tick()
    const [startedAt, before] = [world.clock.now(), world.server.clients.length]
    while (world.server.clients.length === before) await world.tick()
    expect(world.clock.now() - startedAt).toBe(500)
  })
  it('is an issue when the pool hears nothing either, until it lets the sentinel in', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = 'silence'
    world.heardAt = world.clock.now() - 60_000
    await world.tick()
    await world.clock.advanceAsync(1_000)
    await world.settle()
    expect(world.monitor.issueOf('server_unreachable')?.evidence).toMatchObject({
      failures: 1,
      lastError: 'connection_timeout',
    })
    world.server.connectReply = 'accept'
    for (let turn = 0; turn < 3; turn += 1) await world.tick()
    expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
  })
  it('is no issue while the pool hears it', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = new Error('Connection terminated unexpectedly')
    for (let turn = 0; turn < 60; turn += 1) {
      world.heardAt = world.clock.now()
      await world.tick()
    }
    expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
    expect(limitsOf(world)).toEqual({ "the server's side": 'no session (connection_lost)' })
  })
  it('is named with its reason when it does not let the sentinel in', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.connectReply = refusal('53300', 'FATAL')
    await world.tick()
    expect(limitsOf(world)).toEqual({ "the server's side": 'refused (53300)' })
  })
})

describe('a refusal', () => {
  it('of what backends do is met once, and named', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.instead.set('activity', refusal('42501'))
    for (let turn = 0; turn < 10; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBe(1)
    expect(limitsOf(world)['what backends do']).toBe('refused (42501)')
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['unknown'])
    expect(world.sentinel.state).toBe('watching')
  })
  it('of what backends do is forgotten with the server', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.instead.set('activity', refusal('42501'))
    await world.tick()
    world.server.instead.clear()
    world.server.startedAt = '1790000099.000001'
    world.server.latest.die()
    for (let turn = 0; turn < 30; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBeGreaterThan(1)
    expect(limitsOf(world)).not.toHaveProperty('what backends do')
  })
  it.each(['57014', '55P03', '53200'])('of the moment (%s) makes a pause', async (code) => {
    const { world } = await watching()
    world.server.instead.set('activity', refusal(code))
    await world.tick()
    for (let turn = 0; turn < 99; turn += 1) await world.tick()
    expect(world.server.count('activity')).toBe(2)
    world.server.instead.clear()
    await world.tick()
    expect(world.server.count('activity')).toBe(3)
    expect(limitsOf(world)).toEqual({})
  })
  it('of one fact leaves the others, and is met twice', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.refused.set('identity', '42501')
    world.server.facts = { connections: { max: 100, superuser: 3, reserved: 0, used: 10 } }
    await world.tick()
    expect(limitsOf(world)).toEqual({ identity: 'refused (42501)' })
    expect(world.sentinel.view.snapshot(0).connections).toMatchObject({ max: 100, used: 10 })
    const before = world.server.count('facts')
    for (let turn = 0; turn < 10; turn += 1) await world.tick()
    expect(world.server.count('facts')).toBe(before + 1)
  })
  it('of all facts for the moment limits nothing, and makes a pause', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    world.server.instead.set('facts', refusal('57014'))
    for (let turn = 0; turn < 100; turn += 1) await world.tick()
    expect(world.server.count('facts')).toBe(1)
    expect(limitsOf(world)).toEqual({})
  })
  it('of facts that are refused together alone costs one more question', async () => {
    const world = createSentinelWorld()
    world.connect(1)
    let isWhole = true
    world.server.instead.set('facts', () => {
      const text = world.server.latest.asked.at(-1)?.text ?? ''
      isWhole = text.split(' as "').length > 2
      return isWhole ? refusal('XX000') : undefined
    })
    await world.tick()
    expect(limitsOf(world)).toEqual({})
    expect(world.sentinel.state).toBe('watching')
  })
  it('of the statistics of tables is named', async () => {
    const { world } = await watching()
    world.server.instead.set('statistics', refusal('42501'))
    await world.tick(300_000)
    await world.tick(300_000)
    expect(world.server.count('statistics')).toBe(1)
    expect(limitsOf(world)).toEqual({ 'statistics of tables': 'refused (42501)' })
  })
})

describe('statistics of tables', () => {
  it('are judged for tables that the pool’s statements mention', async () => {
    const { world } = await watching()
    world.monitor.fingerprints.of('select * from orders where id = $1')
    const stale = { schema: 'public', modified: '1000000', live: '1000', analyzed_ago_ms: null }
    world.server.statistics = [
      { ...stale, table: 'orders' },
      { ...stale, table: 'others' },
    ]
    await world.tick(300_000)
    const issue = world.monitor.issueOf('stale_statistics')
    expect(JSON.stringify(issue?.evidence)).toContain('orders')
    expect(JSON.stringify(issue?.evidence)).not.toContain('others')
  })
  it('are not looked at on a standby', async () => {
    const world = createSentinelWorld()
    world.server.isStandby = true
    world.connect(1)
    await world.tick()
    await world.tick(300_000)
    expect(world.server.count('statistics')).toBe(0)
  })
})

describe('a change of the server', () => {
  it('is told when it began anew', async () => {
    const { world, first } = await watching()
    world.server.startedAt = '1790000500.5'
    world.server.versionText = '18.5'
    first.die()
    for (let turn = 0; turn < 3; turn += 1) await world.tick()
    expect(world.changes).toEqual([{ inHotStandby: false, serverVersion: '18.5' }])
  })
  it('is told when it was promoted under the session', async () => {
    const world = createSentinelWorld()
    world.server.isStandby = true
    world.connect(1)
    await world.tick()
    world.server.isStandby = false
    for (let turn = 0; turn < 10; turn += 1) await world.tick()
    expect(world.changes).toEqual([{ inHotStandby: false, serverVersion: '18.4' }])
  })
  it('is told once when it was promoted while the session was lost', async () => {
    const world = createSentinelWorld()
    world.server.isStandby = true
    world.connect(1)
    await world.tick()
    world.server.isStandby = false
    world.server.latest.die()
    for (let turn = 0; turn < 30; turn += 1) await world.tick()
    expect(world.changes).toHaveLength(1)
  })
  it('is not told when only the session was lost', async () => {
    const { world, first } = await watching()
    first.die()
    for (let turn = 0; turn < 3; turn += 1) await world.tick()
    expect(world.changes).toEqual([])
  })
  it('makes nobody gone whose backend was seen on the other one', async () => {
    const { world, first } = await watching()
    world.server.startedAt = '1780000000.5' // behind the same address
    world.server.backends = []
    first.die()
    const told = ask(world)
    await world.settle()
    expect(told).toEqual(['unknown'])
  })
})

describe('closed', () => {
  it('closes its session and says so', async () => {
    const { world, first } = await watching()
    let isClosed = false
    world.sentinel.close(() => {
      isClosed = true
    })
    expect(first.isClosed).toBe(true)
    expect(isClosed).toBe(true)
  })
  it('says so at once where it has none', () => {
    let isClosed = false
    createSentinelWorld().sentinel.close(() => {
      isClosed = true
    })
    expect(isClosed).toBe(true)
  })
  it.each(['connect', 'greeting', 'settings', 'activity', 'facts'] as const)(
    'in the middle of %s closes the socket, raises nothing, and tells whoever asked',
    async (topic) => {
      const world = createSentinelWorld()
      world.connect(1)
      world.heardAt = 0
      if (topic === 'connect') world.server.connectReply = 'silence'
      else world.server.instead.set(topic, 'silence')
      const told = ask(world)
      await world.settle()
      let isClosed = false
      world.sentinel.close(() => {
        isClosed = true
      })
      await world.settle()
      expect(isClosed).toBe(true)
      expect(world.server.open).toEqual([])
      expect(told).toEqual([topic === 'facts' ? 'active' : 'unknown'])
      expect(world.monitor.issueOf('server_unreachable')).toBeUndefined()
      expect(world.clock.pending).toBe(0)
    },
  )
  it('asks nothing any more, and answers that', async () => {
    const { world } = await watching()
    world.sentinel.close(() => {})
    const told = ask(world)
    await world.tick()
    expect(told).toEqual(['unknown'])
    expect(world.server.clients).toHaveLength(1)
  })
})
