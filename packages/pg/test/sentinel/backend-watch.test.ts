import { ConnectionHealthMonitor, healthDefaults, type ServerReport } from '@hale/core'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/pool/connection.ts'
import type { Activity, BackendActivity } from '../../src/sentinel/activity.ts'
import type { Finding } from '../../src/sentinel/asked.ts'
import { BackendWatch } from '../../src/sentinel/backend-watch.ts'
import { createConnection, serverEpoch } from './sentinel-world.ts'

function createWorld() {
  const clock = createFakeClock(100_000)
  const monitor = new ConnectionHealthMonitor({ clock, health: healthDefaults })
  const locals = new Map<number, Connection>()
  const watch = new BackendWatch((pid) => locals.get(pid))
  const connections: Connection[] = []
  const world = {
    clock,
    watch,
    locals,
    connections,
    connect(pid: number): Connection {
      const connection = createConnection(monitor, clock.now(), pid)
      connections.push(connection)
      return connection
    },
    /** The server looks now, and sees these. */
    see(backends: Partial<BackendActivity>[], areLocksKnown = true): Activity {
      const all = backends.map((each) => backend({ startedAt: serverEpoch + 100_000, ...each }))
      return {
        backends: new Map(all.map((each) => [each.pid, each])),
        areLocksKnown,
        at: serverEpoch + clock.now(),
        tookMs: 0.5,
      }
    },
    take(
      backends: Partial<BackendActivity>[],
      { areLocksKnown = true, temporary = {} as Record<string, number> } = {},
    ): boolean {
      return watch.take(connections, world.see(backends, areLocksKnown), temporary, clock.now())
    },
    report(connection: Connection): ServerReport | undefined {
      return connection.metrics.serverReport(clock.now())
    },
  }
  return world
}

function backend(some: Partial<BackendActivity>): BackendActivity {
  return {
    pid: 1,
    state: 'active',
    stateAt: undefined,
    application: undefined,
    statement: undefined,
    waitEvent: undefined,
    startedAt: serverEpoch,
    transactionAt: undefined,
    statementAt: undefined,
    xminAge: undefined,
    waitingAt: undefined,
    blockers: [],
    locksHeld: undefined,
    ...some,
  }
}

describe('for how long the server has done what it does', () => {
  const findIn = (some: Partial<BackendActivity>): Finding => {
    const world = createWorld()
    return world.watch.find(world.connect(1), world.see([some]), world.clock.now())
  }

  it('is told by the clock of the server', () => {
    const stateAt = serverEpoch + 100_000 - 300
    expect(findIn({ state: 'idle', stateAt })).toEqual({ answer: 'idle', forMs: 300 })
  })
  it('is not known of a backend that is another one by now', () => {
    const startedAt = serverEpoch + 200_000
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ state: 'active' }])
    const seen = world.see([{ state: 'idle', startedAt, stateAt: startedAt }])
    expect(world.watch.find(connection, seen, world.clock.now())).toEqual({ answer: 'gone' })
  })
})

describe('what the server does for a connection', () => {
  const answerTo = (
    some: Partial<BackendActivity>,
    prepare: (connection: Connection) => void = () => {},
  ): string => {
    const world = createWorld()
    const connection = world.connect(1)
    prepare(connection)
    return world.watch.answerOf(connection, world.see([some]), world.clock.now())
  }
  it.each([
    ['active', 'active'],
    ['fastpath function call', 'active'],
    ['idle', 'idle'],
    ['idle in transaction', 'idle'],
    ['idle in transaction (aborted)', 'idle'],
    ['disabled', 'unknown'],
    [undefined, 'unknown'],
  ])('is, for the state %s, %s', (state, answer) => {
    expect(answerTo({ state })).toBe(answer)
  })
  it('is to wait for us when it cannot get rid of its answer', () => {
    expect(answerTo({ waitEvent: 'Client:ClientWrite' })).toBe('idle')
  })
  it.each([
    { waitEvent: 'Client:ClientWrite' },
    { state: 'idle' }, // its answer is in the socket's buffers
    { state: 'idle in transaction' },
  ])('is to work when it is us who do not read: %o', (some) => {
    const answer = answerTo(some, ({ client }) => {
      Object.assign(client.connection?.stream ?? {}, { isPaused: () => true })
    })
    expect(answer).toBe('active')
  })
  it('is to wait for us when it misses the rest of what we have sent', () => {
    expect(answerTo({ waitEvent: 'Client:ClientRead' })).toBe('idle')
  })
  it('is to work when there may be more to send', () => {
    const answer = answerTo({ waitEvent: 'Client:ClientRead' }, ({ wire }) => {
      wire.submittables.push({}) // COPY … FROM STDIN
    })
    expect(answer).toBe('active')
  })
  it('is to work while it waits for anything else', () => {
    expect(answerTo({ waitEvent: 'Lock:transactionid' })).toBe('active')
  })
  it('is gone when its backend was seen once and is no more', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ pid: 1 }])
    expect(world.watch.answerOf(connection, world.see([]), world.clock.now())).toBe('gone')
  })
  it('is gone when somebody else has its process id', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ pid: 1 }])
    world.clock.advance(60_000)
    const seen = world.see([{ pid: 1, startedAt: serverEpoch + 150_000 }])
    expect(world.watch.answerOf(connection, seen, world.clock.now())).toBe('gone')
  })
  it('is unknown when its backend was never seen here', () => {
    const world = createWorld()
    const connection = world.connect(1)
    expect(world.watch.answerOf(connection, world.see([]), world.clock.now())).toBe('unknown')
  })
  it.each([
    [-2_001, 'unknown'],
    [-1_999, 'active'],
    [1_999, 'active'],
    [2_001, 'unknown'],
  ])('of a backend that began %d ms from its opening is %s', (offMs, answer) => {
    expect(answerTo({ startedAt: serverEpoch + 100_000 + offMs })).toBe(answer)
  })
  it('is unknown on another server, whatever was seen before', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ pid: 1 }])
    expect(world.watch.isKnown(connection)).toBe(true)
    world.watch.forget()
    expect(world.watch.isKnown(connection)).toBe(false)
    expect(world.watch.answerOf(connection, world.see([]), world.clock.now())).toBe('unknown')
  })
})

describe('a report', () => {
  it('says what the backend does, and since when, by the server’s clock', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.clock.advance(5_000)
    world.take([
      {
        state: 'idle in transaction',
        waitEvent: 'Client:ClientRead',
        transactionAt: serverEpoch + 101_000,
        statementAt: serverEpoch + 102_000,
        xminAge: 7,
        locksHeld: 3,
      },
    ])
    expect(world.report(connection)).toMatchObject({
      state: 'idle in transaction',
      waitEvent: 'Client:ClientRead',
      transactionAgeMs: 4_000,
      statementAgeMs: 3_000,
      xminAge: 7,
      locksHeld: 3,
      oldestLockMs: 0,
    })
  })
  it('of an idle backend names no statement and no wait, which are over', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ state: 'idle', waitEvent: 'Client:ClientRead', statementAt: serverEpoch }])
    expect(world.report(connection)).toEqual({ state: 'idle' })
  })
  it('is taken back once there is nothing to tell any more', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ waitEvent: 'Lock:relation' }])
    world.take([])
    expect(world.report(connection)).toBeUndefined()
  })
  it('keeps what was seen of locks until they are looked at again', () => {
    const world = createWorld()
    const connection = world.connect(1)
    const inTransaction = { transactionAt: serverEpoch + 100_000 }
    world.take([{ ...inTransaction, locksHeld: 4 }])
    world.clock.advance(1_000)
    world.take([inTransaction], { areLocksKnown: false })
    expect(world.report(connection)).toMatchObject({ locksHeld: 4, oldestLockMs: 1_000 })
    world.take([inTransaction])
    expect(world.report(connection)?.locksHeld).toBeUndefined()
  })
  it('counts locks anew with each transaction', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ transactionAt: serverEpoch + 100_000, locksHeld: 4 }])
    world.clock.advance(3_000)
    world.take([{ transactionAt: serverEpoch + 103_000, locksHeld: 4 }])
    expect(world.report(connection)?.oldestLockMs).toBe(0)
  })
  it('says how much is in temporary files, also of one that was not recognised', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([], { temporary: { 1: 8_192 } })
    expect(world.report(connection)).toEqual({ tempBytes: 8_192 })
  })
  it('is not made of somebody else’s backend with the same process id', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ startedAt: serverEpoch + 200_000, waitEvent: 'IO:DataFileRead' }])
    expect(world.report(connection)).toBeUndefined()
  })
})

describe('who waits for whom', () => {
  it('is told on both sides, with who they are', () => {
    const world = createWorld()
    const [blocked, blocking] = [world.connect(1), world.connect(2)]
    const isAnyone = world.take([
      { pid: 1, blockers: [7], waitingAt: serverEpoch + 99_000 },
      { pid: 2, state: 'idle in transaction' },
      { pid: 7, application: 'psql', statement: "update t set a = 'secret'", state: 'active' },
      { pid: 8, blockers: [2], waitingAt: serverEpoch + 98_000, application: 'job' },
      { pid: 9, blockers: [2], waitingAt: serverEpoch + 97_000 },
    ])
    expect(isAnyone).toBe(true)
    expect(world.report(blocked)).toMatchObject({
      blockedByPids: [7],
      blockedMs: 1_000,
      blockers: [{ pid: 7, application: 'psql', statement: 'update t set a = ?', state: 'active' }],
    })
    expect(world.report(blocking)).toMatchObject({
      blocksCount: 2,
      blockingMs: 3_000,
      waiters: [
        { pid: 9, waitingMs: 3_000 },
        { pid: 8, waitingMs: 2_000, application: 'job' },
      ],
    })
  })
  it('counts from the first sight where the server does not tell since when', () => {
    const world = createWorld()
    const connection = world.connect(1)
    const waiting = [{ pid: 1, blockers: [7] }]
    world.take(waiting)
    expect(world.report(connection)?.blockedMs).toBe(0)
    world.clock.advance(2_500)
    world.take(waiting)
    expect(world.report(connection)?.blockedMs).toBe(2_500)
    world.take([{ pid: 1 }])
    world.clock.advance(1_000)
    world.take(waiting)
    expect(world.report(connection)?.blockedMs).toBe(0)
  })
  it('is cleared when it is over', () => {
    const world = createWorld()
    const connection = world.connect(1)
    world.take([{ pid: 1, blockers: [7], waitingAt: serverEpoch }])
    expect(world.take([{ pid: 1 }])).toBe(false)
    expect(world.report(connection)?.blockers).toBeUndefined()
  })
  it('names the connection of this process that it is, and its holder', () => {
    const world = createWorld()
    const blocked = world.connect(1)
    const other = world.connect(7)
    Object.assign(other, { leaseSite: { toString: () => 'at pay (pay.ts:3:1)' } })
    world.locals.set(7, other)
    world.take([{ pid: 1, blockers: [7] }, { pid: 7 }])
    expect(world.report(blocked)?.blockers).toEqual([
      { pid: 7, state: 'active', connectionId: other.id, leasedBy: 'at pay (pay.ts:3:1)' },
    ])
  })
  it('may be a transaction that was prepared and has no backend', () => {
    const world = createWorld()
    const blocked = world.connect(1)
    world.take([{ pid: 1, blockers: [0] }])
    expect(world.report(blocked)?.blockers).toEqual([{ pid: 0, state: 'prepared transaction' }])
  })
  it('names what is not seen of a backend by its process id alone', () => {
    const world = createWorld()
    const blocked = world.connect(1)
    world.take([{ pid: 1, blockers: [77] }])
    expect(world.report(blocked)?.blockers).toEqual([{ pid: 77 }])
  })
})
