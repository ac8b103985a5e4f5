import { describe, expect, it } from 'vitest'
import { hygieneLevels, hygieneText } from '../../src/pool/hygiene.ts'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connectionOf, hear, lease } from './world-steps.ts'

const text = hygieneText(['discard-all'])

function use(client: FakeClient, statement = 'SELECT 1'): void {
  client.query(statement, () => {})
  client.answer()
}

/** A world of one connection, whose holder has sent something. */
function createUsed(): { world: World; client: FakeClient } {
  const world = createWorld({ max: 1, hygiene: 'discard-all' })
  const client = lease(world)
  use(client)
  return { world, client }
}

describe('hygieneText', () => {
  it('is nothing for no level', () => {
    expect(hygieneText([])).toBeUndefined()
  })
  it('resets roles first, whatever the order asked for', () => {
    expect(hygieneText(['unlisten', 'reset-all', 'reset-role'])).toBe(
      'SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; UNLISTEN *',
    )
  })
  it('is what DISCARD ALL does without its DEALLOCATE, whatever else is asked for', () => {
    expect(hygieneText(hygieneLevels)).toBe(
      'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; ' +
        'SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES',
    )
  })
  it('covers every other level with discard-all', () => {
    const others = hygieneLevels.filter((level) => level !== 'discard-all')
    const all = hygieneText(['discard-all']) ?? ''
    const missing = (hygieneText(others) ?? '').split('; ').filter((each) => !all.includes(each))
    expect(missing).toEqual(['RESET ROLE']) // which SET SESSION AUTHORIZATION DEFAULT does as well
  })
})

describe('hygiene', () => {
  it('resets a session before anybody else gets it', () => {
    const { world, client } = createUsed()
    const waiter = world.acquire()
    world.release(client)
    expect(client.sent.at(-1)).toBe(text)
    expect(waiter.client).toBeUndefined()
    client.answer()
    expect(waiter.client).toBe(client)
  })
  it('spares a session to which nothing was sent', () => {
    const world = createWorld({ max: 1, hygiene: 'discard-all' })
    const client = lease(world)
    world.release(client)
    expect(client.sent).toEqual([])
    expect(world.acquire().client).toBe(client)
  })
  it('does not count what an earlier holder sent', () => {
    const { world, client } = createUsed()
    world.release(client)
    client.answer()
    world.release(lease(world))
    expect(client.sent).toEqual(['SELECT 1', text])
  })
  it('follows the rollback of what was left open', () => {
    const { world, client } = createUsed()
    use(client, 'BEGIN')
    world.release(client)
    client.answer()
    expect(client.sent.slice(-2)).toEqual(['ROLLBACK', text])
  })
  it('resets nothing where nothing was asked for', () => {
    const world = createWorld({ max: 1 })
    const client = lease(world)
    use(client)
    world.release(client)
    expect(client.sent).toEqual(['SELECT 1'])
  })
  it('closes a session that cannot be reset', () => {
    const { world, client } = createUsed()
    const evicted = hear(world, 'connection:evicted')
    const waiter = world.acquire()
    world.release(client)
    client.refuse('42501', 'ERROR')
    expect(evicted).toMatchObject([{ cause: 'dirty' }])
    clientAt(world, 1).settleConnect()
    expect(waiter.client).toBe(clientAt(world, 1))
  })
  it('closes a session whose reset is not answered', () => {
    const { world, client } = createUsed()
    world.release(client)
    world.clock.advance(5_000)
    expect(client.isDead).toBe(true)
    expect(world.engine.size).toBe(0)
  })
  it('does not count for the holder, or for the latency of the connection', () => {
    const { world, client } = createUsed()
    const { metrics } = connectionOf(world, client)
    const before = metrics.duels.runs
    world.release(client)
    client.answer()
    expect(metrics.duels.runs).toBe(before)
  })
  it('resets a session over which nothing is known after every lease', () => {
    const sent: string[] = []
    const world = createWorld({
      max: 1,
      hygiene: 'discard-all',
      onCreate: (client) => {
        Object.assign(client, { connection: undefined }) // as pg's native client has none
        client.query = (statement, ...rest) => {
          sent.push(statement)
          const callback = rest.at(-1) as (error: null, result: object) => void
          callback(null, {})
        }
      },
    })
    const client = lease(world)
    world.release(client)
    expect(sent).toEqual([text])
    expect(world.acquire().client).toBe(client)
  })
})
