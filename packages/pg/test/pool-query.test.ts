import { describe, expect, it, vi } from 'vitest'
import type { Connection } from '../src/pool/connection.ts'
import { contained, type QueryCallback, runQuery } from '../src/pool-query.ts'
import { createWorld, type World } from './pool/engine-world.ts'
import type { FakeClient } from './pool/fake-client.ts'
import { connectionOf, lease, reset } from './pool/world-steps.ts'

vi.mock('../src/pool/cancel-request.ts', () => import('./pool/fake-cancel.ts'))

interface Running {
  readonly world: World
  readonly client: FakeClient
  readonly connection: Connection
  readonly controller: AbortController
  /** What the caller was told. */
  readonly told: unknown[][]
}

/** One query that runs on a connection of its own. */
function run(onCreate: (client: FakeClient) => void = () => {}): Running {
  const world = createWorld({ max: 1, onCreate })
  const client = lease(world)
  const connection = connectionOf(world, client)
  const controller = new AbortController()
  const told: unknown[][] = []
  const callback: QueryCallback = (...args) => void told.push(args)
  runQuery(connection, 'SELECT 1', undefined, callback, controller.signal)
  return { world, client, connection, controller, told }
}

describe('runQuery', () => {
  it('gives the connection back before it tells the caller', () => {
    const { world, client, told } = run()
    expect(told).toEqual([])
    client.answer()
    expect(told).toEqual([[null, {}]])
    expect(world.engine.counts()).toMatchObject({ idle: 1, leased: 0 })
  })
  it('keeps the connection after an error of the statement', () => {
    const { world, client, told } = run()
    client.refuse('23505', 'ERROR')
    expect(told).toMatchObject([[{ code: '23505' }, undefined]])
    expect(client.isDead).toBe(false)
    expect(world.engine.counts()).toMatchObject({ total: 1, leased: 0 })
  })
  it('parts from the connection after an error that ends the session', () => {
    const { client, told } = run()
    client.die(reset)
    expect(told).toEqual([[reset, undefined]])
    expect(client.isDead).toBe(true)
  })
  it('tells the caller of a socket that died under a query that is never answered', () => {
    const { client, told } = run((created) => {
      created.query = () => {} // as pg < 8 did in some states
    })
    client.die(reset)
    expect(told).toEqual([[reset, undefined]])
  })
  it('tells the caller of what the client throws', () => {
    const thrown = new TypeError('Client was passed a null or undefined query')
    const { world, told } = run((created) => {
      created.query = () => {
        throw thrown
      }
    })
    expect(told).toEqual([[thrown, undefined]])
    expect(world.engine.counts()).toMatchObject({ leased: 0 })
  })
})

describe('aborting a query', () => {
  const reason = new Error('the user went away')

  it('tells the caller at once, and cancels the statement behind the scenes', () => {
    const { world, client, controller, told } = run()
    controller.abort(reason)
    expect(told).toEqual([[reason, undefined]])
    expect(world.engine.counts()).toMatchObject({ cleaning: 1, leased: 0 })
    world.clock.advance(0)
    expect(client.onCancel).toBeDefined()
  })
  it('lends the connection again once the cancel is through', () => {
    const { world, client, controller } = run()
    controller.abort(reason)
    world.clock.advance(0)
    client.refuse('57014', 'ERROR')
    client.onCancel?.(true)
    client.answer()
    expect(world.engine.acquireNow()?.client).toBe(client)
  })
  it('does not tell the caller of the cancelled statement as well', () => {
    const { client, controller, told } = run()
    controller.abort(reason)
    client.refuse('57014', 'ERROR')
    expect(told).toHaveLength(1)
  })
  it('is too late once the query was answered', () => {
    const { world, client, connection, controller, told } = run()
    client.answer()
    controller.abort(reason)
    expect(told).toHaveLength(1)
    expect(connection.isAborted).toBe(false)
    expect(world.engine.counts()).toMatchObject({ idle: 1 })
  })
  it('parts from a connection whose wire is not known, as nobody can clean it', () => {
    const { world, client, controller, told } = run((created) => {
      Object.assign(created, { connection: undefined, query: () => {} })
    })
    controller.abort(reason)
    expect(told).toEqual([[reason, undefined]])
    expect(client.isDead).toBe(true)
    expect(world.engine.size).toBe(0)
  })
})

describe('contained', () => {
  it('lets a callback’s throw surface in a turn of its own', () => {
    const nextTick = vi.spyOn(process, 'nextTick').mockImplementation(() => {})
    try {
      contained(() => {
        throw reset
      })(undefined, {})
      const [surface] = nextTick.mock.calls[0] as [() => void]
      expect(surface).toThrow(reset)
    } finally {
      nextTick.mockRestore()
    }
  })
})
