import { context, type Span, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOpenTelemetryMetrics, createSpanEvents } from '../src/index.ts'
import { FakePool } from './fake-pool.ts'
import { SpanWorld } from './span-world.ts'

let world: SpanWorld
afterEach(() => context.disable())

/** A pool that is watched, and what happens to its callers. */
function start(options: { sampled?: boolean } = {}) {
  world = new SpanWorld(options)
  const pool = new FakePool()
  const { monitor } = pool
  const handle = createSpanEvents({ orders: pool })
  return {
    monitor,
    handle,
    queue: (waiterId: number, waiting = waiterId) =>
      monitor.publish({ type: 'acquire:queued', at: 0, waiterId, waiting }),
    lease: (connectionId: number, waiterId?: number, at = 10) =>
      monitor.publish({
        type: 'connection:leased',
        at,
        connectionId,
        waiterId,
        waitedMs: waiterId === undefined ? 0 : 10,
      }),
    release: (connectionId: number) =>
      monitor.publish({ type: 'connection:released', at: 20, connectionId, leasedMs: 10 }),
    probe: (connectionId: number, at: number, rttMs: number | undefined) =>
      monitor.publish({
        type: 'connection:probed',
        at,
        connectionId,
        rttMs,
        ok: rttMs !== undefined,
      }),
    open: (connectionId: number, at: number) =>
      monitor.publish({
        type: 'connection:opened',
        at,
        connectionId,
        openMs: 9,
        processId: 1,
        replaces: undefined,
      }),
    lose: (connectionId: number, cause: 'lost' | 'unresponsive' | 'latency') =>
      monitor.publish({ type: 'connection:condemned', at: 15, connectionId, cause }),
  }
}

const orders = { 'db.client.connection.pool.name': 'orders' }

/** Puts `addEvent` in place of that of the active span. */
function replaceAddEvent(addEvent: Span['addEvent']): void {
  const span = trace.getActiveSpan()
  if (span !== undefined) span.addEvent = addEvent
}

describe('createSpanEvents', () => {
  it('tells a caller that it waited until another gave its connection back', async () => {
    const { queue, lease } = start()
    const told = await world.trace(() => {
      queue(1)
      context.with(context.active().setValue(Symbol('elsewhere'), 1), () => lease(7, 1))
    })
    expect(told).toMatchObject([
      {
        name: 'hale.connection.waited',
        attributes: {
          ...orders,
          'hale.connection.wait_ms': 10,
          'hale.connection.waited_for': 'release',
        },
      },
    ])
  })

  it('tells the one who waited, not the one in whose turn it was served', async () => {
    const { queue, lease } = start()
    let served: () => void = () => {}
    const first = world.trace(() => {
      queue(1)
      return new Promise<void>((resolve) => {
        served = resolve
      })
    })
    const second = await world.trace(() => {
      lease(7, 1)
      served()
    })
    expect(second).toEqual([])
    expect((await first).map(({ name }) => name)).toEqual(['hale.connection.waited'])
  })

  it('says that the wait was for a connection to be opened', async () => {
    const { queue, lease, open } = start()
    const [waited] = await world.trace(() => {
      queue(1)
      open(7, 9) // and made ready until 10
      lease(7, 1, 10)
    })
    expect(waited?.attributes).toMatchObject({ 'hale.connection.waited_for': 'opening' })
  })

  it('says so of the first lease only', async () => {
    const { queue, lease, open } = start()
    open(7, 9)
    lease(7)
    const [waited] = await world.trace(() => {
      queue(1)
      lease(7, 1, 10)
    })
    expect(waited?.attributes).toMatchObject({ 'hale.connection.waited_for': 'release' })
  })

  it('tells a caller that its connection was verified', async () => {
    const { queue, lease, probe } = start()
    const told = await world.trace(() => {
      queue(1)
      probe(7, 10, 0.4)
      lease(7, 1, 10)
    })
    expect(told.map(({ name }) => name)).toEqual([
      'hale.connection.waited',
      'hale.connection.verified',
    ])
    expect(told[0]?.attributes).toMatchObject({ 'hale.connection.waited_for': 'verification' })
    expect(told[1]?.attributes).toEqual({ ...orders, 'hale.connection.rtt_ms': 0.4 })
  })

  it.each([
    { what: 'another connection', connectionId: 8, at: 10, rttMs: 0.4 },
    { what: 'an earlier probe', connectionId: 7, at: 9, rttMs: 0.4 },
    { what: 'one without an answer', connectionId: 7, at: 10, rttMs: undefined },
  ])('takes no other probe for a verification: $what', async ({ connectionId, at, rttMs }) => {
    const { queue, lease, probe } = start()
    const told = await world.trace(() => {
      queue(1)
      probe(connectionId, at, rttMs)
      lease(7, 1, 10)
    })
    expect(told.map(({ name }) => name)).toEqual(['hale.connection.waited'])
  })

  it('tells a caller who got a connection at once nothing', async () => {
    const { lease, release } = start()
    const told = await world.trace(() => {
      lease(7)
      release(7)
    })
    expect(told).toEqual([])
  })

  it('tells a caller that it waited in vain', async () => {
    const { queue, monitor } = start()
    const told = await world.trace(() => {
      queue(1)
      monitor.publish({ type: 'acquire:timed-out', at: 50, waiterId: 1, waitedMs: 50, waiting: 0 })
    })
    expect(told).toMatchObject([
      {
        name: 'hale.connection.timed_out',
        attributes: { ...orders, 'hale.connection.wait_ms': 50 },
      },
    ])
  })

  it.each([
    ['lost', 'its socket or its backend was gone'],
    ['unresponsive', 'an empty query got no answer in time'],
  ] as const)('tells a holder whose connection is %s, and why, once', async (cause, because) => {
    const { lease, lose } = start()
    const told = await world.trace(() => {
      lease(7)
      lose(8, cause) // not the one it holds
      lose(7, cause)
      lose(7, cause)
    })
    expect(told).toMatchObject([
      {
        name: 'hale.connection.lost',
        attributes: { ...orders, 'hale.recycle.cause': cause, 'hale.recycle.because': because },
      },
    ])
  })

  it('tells a holder who had waited for it', async () => {
    const { queue, lease, lose } = start()
    const told = await world.trace(() => {
      queue(1)
      lease(7, 1)
      lose(7, 'lost')
    })
    expect(told.map(({ name }) => name)).toContain('hale.connection.lost')
  })

  it('tells nothing of a connection that is given up for another reason, or after its release', async () => {
    const { lease, lose, release } = start()
    const told = await world.trace(() => {
      lease(7)
      lose(7, 'latency')
      release(7)
      lose(7, 'lost')
    })
    expect(told).toEqual([])
  })

  it('leaves a span alone that has ended', async () => {
    const { lease, lose } = start()
    const addEvent = vi.fn()
    await world.trace(() => {
      lease(7)
      replaceAddEvent(addEvent)
    })
    lose(7, 'lost')
    expect(addEvent).not.toHaveBeenCalled()
  })

  it('leaves a span alone that does not record', async () => {
    const { queue, lease } = start({ sampled: false })
    const addEvent = vi.fn()
    await world.trace(() => {
      replaceAddEvent(addEvent)
      queue(1)
      lease(7, 1)
    })
    expect(addEvent).not.toHaveBeenCalled()
  })

  it('does not even keep a span that does not record', async () => {
    const { queue, lease, lose } = start()
    const told = await world.trace(() => {
      const span = trace.getActiveSpan()
      const isRecording = vi.spyOn(span as Span, 'isRecording').mockReturnValue(false)
      queue(1)
      lease(8)
      isRecording.mockRestore()
      lease(7, 1)
      lose(8, 'lost')
    })
    expect(told).toEqual([])
  })

  it('forgets those who gave up, which no event tells', async () => {
    const { queue, lease } = start()
    let second: Promise<unknown> = Promise.resolve()
    const first = await world.trace(() => {
      queue(1, 1)
      second = world.trace(() => {
        queue(2, 2)
        lease(7, 2) // so the first has given up
      })
      lease(8, 1)
    })
    await second
    expect(first).toEqual([])
  })

  it('keeps the spans of 10 000 callers at most, the latest', async () => {
    const { queue, lease } = start()
    const told = await world.trace(() => {
      for (let waiterId = 1; waiterId <= 10_001; waiterId += 1) queue(waiterId, waiterId + 1)
      lease(7, 1)
      lease(8, 2)
      lease(9, 10_001)
    })
    expect(told).toHaveLength(2)
  })

  it('starts afresh when a queue begins', async () => {
    const { queue, lease } = start()
    let second: Promise<unknown> = Promise.resolve()
    const first = await world.trace(() => {
      queue(1, 1)
      second = world.trace(() => queue(2, 1)) // alone: the first has given up
      lease(7, 1)
    })
    await second
    expect(first).toEqual([])
  })

  it('tells nobody once stopped', async () => {
    const { handle, queue, lease, lose, monitor } = start()
    const told = await world.trace(() => {
      queue(1)
      lease(8)
      handle.stop()
      handle[Symbol.dispose]()
      lease(7, 1)
      lose(8, 'lost')
    })
    expect(told).toEqual([])
    expect(monitor.eventNames()).toEqual([])
  })

  it('waits for an SDK that traces, at no cost per query', async () => {
    const pool = new FakePool()
    const { monitor } = pool
    const handle = createSpanEvents({ orders: pool })
    const sweep = (): void => {
      monitor.publish({ type: 'sweep:finished', at: 0, connections: 1, tookMs: 0.1 })
    }
    sweep()
    expect(monitor.eventNames()).toEqual(['sweep:finished'])
    world = new SpanWorld()
    sweep()
    expect(monitor.listenerCount('connection:leased')).toBe(1)
    expect(monitor.listenerCount('sweep:finished')).toBe(0)
    handle.stop()
    expect(monitor.eventNames()).toEqual([])
  })

  it('stops while it waits for an SDK', () => {
    const pool = new FakePool()
    createSpanEvents({ orders: pool }).stop()
    expect(pool.monitor.eventNames()).toEqual([])
  })

  it('is part of createOpenTelemetryMetrics, unless that is told otherwise', () => {
    world = new SpanWorld()
    const pool = new FakePool()
    createOpenTelemetryMetrics({ orders: pool }, { spanEvents: false })
    expect(pool.monitor.listenerCount('acquire:queued')).toBe(0)
    createOpenTelemetryMetrics({ orders: pool })
    expect(pool.monitor.listenerCount('acquire:queued')).toBe(1)
  })
})
