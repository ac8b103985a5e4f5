import { createSeededRandom } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { AttemptLog } from '../server/attempt-log.ts'
import { type ServerModel, serverModel } from '../server/server-model.ts'
import { SharedCores } from '../server/shared-cores.ts'
import { type Peer, SimulatedServer } from '../server/simulated-server.ts'
import { VirtualTime } from '../time/virtual-time.ts'

interface TestPeer extends Peer {
  isGone: boolean
  readonly told: string[]
}

function createPeer(): TestPeer {
  const told: string[] = []
  return {
    isGone: false,
    told,
    accepted: () => told.push('accepted'),
    refused: (error) => told.push((error as Error & { code: string }).code),
    reset: () => told.push('reset'),
  }
}

function createServer(maxConnections: number, model: Partial<ServerModel> = {}) {
  const time = new VirtualTime()
  const log = new AttemptLog(1_000)
  const whole = { ...serverModel, ...model }
  const server = new SimulatedServer(time, whole, createSeededRandom(1), { maxConnections, log })
  const dial = (count: number): TestPeer[] => {
    const peers = Array.from({ length: count }, createPeer)
    for (const peer of peers) server.dial(peer)
    return peers
  }
  return { time, log, server, dial }
}

describe('SharedCores', () => {
  it('gives a job a core of its own while there are enough', async () => {
    const time = new VirtualTime()
    const cores = new SharedCores(time, 2)
    const doneAt: number[] = []
    for (const ms of [10, 4]) cores.run(ms, () => doneAt.push(time.now()))
    await time.runUntil(100)
    expect(doneAt).toEqual([4, 10])
  })
  it('shares them evenly when there are more jobs', async () => {
    const time = new VirtualTime()
    const cores = new SharedCores(time, 1)
    const doneAt: number[] = []
    for (const ms of [1, 3]) cores.run(ms, () => doneAt.push(time.now()))
    await time.runUntil(100)
    expect(doneAt[0]).toBeCloseTo(2)
    expect(doneAt[1]).toBeCloseTo(4)
  })
})

describe('SimulatedServer', () => {
  it('never has more sessions than it takes, and refuses the others as one too many', async () => {
    const { time, server, dial } = createServer(20)
    const peers = dial(50)
    let most = 0
    for (let ms = 0; ms < 1_000; ms++) {
      await time.runUntil(ms)
      most = Math.max(most, server.sessions)
    }
    expect(most).toBe(20)
    expect(peers.filter(({ told }) => told[0] === 'accepted')).toHaveLength(20)
    expect(peers.filter(({ told }) => told[0] === '53300')).toHaveLength(30)
  })
  it('lets nobody in faster than its cores can', async () => {
    const { time, log, dial } = createServer(10_000)
    dial(3_000)
    await time.runUntil(1_000)
    const most = (serverModel.cores * 1_000) / serverModel.loginCpuMs
    expect(log.outcomes.loggedIn).toBeLessThanOrEqual(most)
    await time.runUntil(10_000)
    expect(log.outcomes.loggedIn).toBe(3_000)
  })
  it('forks one backend after the other', async () => {
    const { time, log, dial } = createServer(10_000, { loginCpuMs: 0, forkMs: 10 })
    dial(300)
    await time.runUntil(1_000)
    expect(log.outcomes.loggedIn).toBeLessThanOrEqual(100)
  })
  it('leaves who finds the backlog full to TCP', async () => {
    const { time, log, dial } = createServer(10_000, { backlog: 10 })
    dial(100)
    await time.runUntil(900)
    expect(log.outcomes.loggedIn).toBeLessThan(15)
    await time.runUntil(40_000)
    expect(log.outcomes.loggedIn).toBeGreaterThan(40)
  })
  it('says what it is while it is down, and ends its sessions', async () => {
    const { time, server, dial } = createServer(10)
    const [session] = dial(1)
    await time.runUntil(100)
    server.fail('refusing')
    const [first] = dial(1)
    await time.runUntil(200)
    server.begin()
    const [second] = dial(1)
    await time.runUntil(300)
    server.accept()
    const [third] = dial(1)
    await time.runUntil(400)
    const told = [session, first, second, third].map((peer) => peer?.told)
    expect(told).toEqual([['accepted', 'reset'], ['ECONNREFUSED'], ['57P03'], ['accepted']])
  })
  it('tells nobody anything while it is silent', async () => {
    const { time, server, dial } = createServer(10)
    const [session] = dial(1)
    await time.runUntil(100)
    server.fail('silent')
    const [dialler] = dial(1)
    await time.runUntil(500)
    expect([session?.told, dialler?.told]).toEqual([['accepted'], []])
    server.begin()
    server.accept()
    await time.runUntil(10_000)
    expect([session?.told, dialler?.told]).toEqual([['accepted', 'reset'], ['accepted']])
  })
  it('spends a login on who has given up meanwhile, and keeps no session for them', async () => {
    const { time, server, log, dial } = createServer(10)
    const [peer] = dial(1)
    await time.runUntil(1)
    if (peer !== undefined) peer.isGone = true
    await time.runUntil(100)
    expect([server.sessions, log.outcomes.abandoned]).toEqual([0, 1])
  })
})
