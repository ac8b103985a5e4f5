import { describe, expect, it } from 'vitest'
import { createWorld } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientOf, warm } from './world-steps.ts'

describe('probing', () => {
  it('comes to a suspect more often than to its peers', () => {
    const world = createWorld({ max: 8, health: { probeIntervalMs: 3_600_000 } })
    warm(world, 8)
    const work = (client: FakeClient, tookMs: number): void => {
      client.query('SELECT 1', () => {})
      world.clock.advance(tookMs)
      client.answer()
    }
    let suspect: FakeClient | undefined
    for (let n = 0; n < 60; n += 1) {
      const leased = Array.from({ length: 8 }, () => clientOf(world.acquire()))
      suspect ??= leased.at(-1)
      for (const client of leased) work(client, client === suspect && n > 40 ? 80 : 1)
      for (const client of leased) world.release(client)
    }
    for (let n = 0; n < 8; n += 1) {
      world.sweeper.sweep()
      for (const client of world.clients) if (client.isBusy) client.answer()
      world.clock.advance(250)
    }
    const probesOf = (client: FakeClient): number =>
      client.sent.filter((text) => text === '').length
    const others = world.clients.filter((client) => client !== suspect)
    expect(suspect === undefined ? 0 : probesOf(suspect)).toBeGreaterThan(1)
    expect(Math.max(...others.map(probesOf))).toBeLessThan(
      suspect === undefined ? 0 : probesOf(suspect),
    )
  })
})

describe('silence', () => {
  it('is not blamed on a connection while nobody else is answered either', () => {
    const world = createWorld({ max: 3, health: { probeIntervalMs: 1_000, probeTimeoutMs: 500 } })
    warm(world, 3)
    world.clock.advance(1_100)
    world.sweeper.sweep()
    world.clock.advance(2_000)
    expect(world.engine.size).toBe(3)
    const [one] = world.clients.filter((client) => client.isBusy)
    one?.answer()
    world.clock.advance(600)
    world.sweeper.sweep()
    world.clock.advance(600)
    expect(world.engine.size).toBe(3 - world.clients.filter((client) => client.isDead).length)
  })
  it('is not broken by a connection that is being opened', () => {
    const world = createWorld({ max: 3, health: { probeTimeoutMs: 500 } })
    warm(world, 2)
    world.clock.advance(600)
    world.port.probe(1)
    world.port.probe(2)
    world.clock.advance(1)
    world.acquire() // opens a third
    world.clock.advance(2_000)
    expect(world.clients.length).toBeGreaterThan(2)
    expect(world.clients.slice(0, 2).map(({ isDead }) => isDead)).toEqual([false, false])
  })
})

describe('a slow link', () => {
  /** How long a probe is waited for on a connection that took `openMs` to open. */
  function patienceMs(openMs: number): number {
    const health = { probeIntervalMs: 1_000, probeTimeoutMs: 500 }
    const world = createWorld({ max: 1, connectionTimeoutMillis: 60_000, health })
    const caller = world.acquire()
    world.clock.advance(openMs)
    world.clients[0]?.settleConnect()
    const client = clientOf(caller)
    world.release(client)
    world.clock.advance(1_100)
    world.sweeper.sweep()
    expect(client.isProbed).toBe(true)
    const askedAt = world.clock.now()
    while (!client.isDead) world.clock.advance(10)
    return world.clock.now() - askedAt
  }

  it.each([
    ['as long as usual where opening was quick', 20, 500],
    ['as long as opening took, which is two round trips at least', 3_000, 3_000],
    ['for 4 s at most', 9_000, 4_000],
  ])('is waited for in a probe %s', (_, openMs, expected) => {
    expect(patienceMs(openMs)).toBeGreaterThanOrEqual(expected)
    expect(patienceMs(openMs)).toBeLessThanOrEqual(expected + 20)
  })
})
