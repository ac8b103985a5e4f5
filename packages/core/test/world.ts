import type { Health, HealthEvent, HealthOptions, SupervisedConnection } from '../src/index.ts'
import {
  ConnectionHealthMonitor,
  OptionProblems,
  resolveHealthOptions,
  unknownFingerprint,
} from '../src/index.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

/** A connection as a supervisor sees it, to be changed at will. */
export type FakeConnection = {
  -readonly [Key in keyof SupervisedConnection]: SupervisedConnection[Key]
}

/** A monitor on a fake clock that writes down everything it publishes. */
export interface World {
  readonly clock: FakeClock
  readonly health: Health
  readonly monitor: ConnectionHealthMonitor
  readonly events: HealthEvent[]
  /** Types of the events so far, in order. */
  types(): readonly string[]
  /** Tracks a connection that is idle, and shows it to every sweep from now on. */
  open(connectionId: number): FakeConnection
  /** Has all connections that were opened assessed. */
  sweep(): void
}

export function createWorld(health?: HealthOptions): World {
  const clock = createFakeClock()
  const problems = new OptionProblems()
  const resolved = resolveHealthOptions(health, problems)
  problems.throwIfAny()
  const events: HealthEvent[] = []
  const mirror = { hears: () => true, publish: (event: HealthEvent) => void events.push(event) }
  const monitor = new ConnectionHealthMonitor({ clock, health: resolved, mirror })
  const connections: FakeConnection[] = []
  return {
    clock,
    health: resolved,
    monitor,
    events,
    types: () => events.map((event) => event.type),
    open: (connectionId) => {
      const connection = createConnection(connectionId, monitor)
      connections.push(connection)
      return connection
    },
    sweep: () => {
      monitor.sumUp(connections, clock.now())
      monitor.assessAll(connections, clock.now())
    },
  }
}

/** A connection that is open and idle as of now. */
export function createConnection(id: number, monitor: ConnectionHealthMonitor): FakeConnection {
  const now = monitor.now()
  return {
    id,
    metrics: monitor.track(id),
    supervisedState: 'idle',
    openedAt: now,
    deadlineAt: Number.POSITIVE_INFINITY,
    uses: 0,
    idleSince: now,
    leasedAt: now,
    leasedBy: undefined,
    isListening: false,
    isDoubted: false,
    heardAt: now,
    isLeaving: false,
    runningSince: undefined,
    runningFingerprint: unknownFingerprint,
    unsentBytes: 0,
    receivedBytes: 0,
    transactionSince: undefined,
  }
}
