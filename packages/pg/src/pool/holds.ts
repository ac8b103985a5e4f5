import { type ConnectionHealthMonitor, type Health, isServerSilent, unresponsive } from '@hale/core'
import { type Patience, type ProbeOutcome, probe } from '../probe/probe.ts'
import type { RunningTime } from '../running-time.ts'
import type { Connection } from './connection.ts'
import { publishProbed } from './connection-events.ts'
import { HEDGE_RATIO } from './engine-bounds.ts'
import type { IdleConnections } from './idle-connections.ts'

/** What a question to a connection was for. */
export type AskedDuring = 'verify' | 'probe'

export interface HoldPorts {
  readonly time: RunningTime
  readonly health: Health
  readonly monitor: ConnectionHealthMonitor
  readonly slots: ReadonlySet<Connection>
  readonly idle: IdleConnections
  /** Whether an idle connection needs no check. */
  isTrusted(connection: Connection, now: number): boolean
  /** A waiter stopped counting on a connection that is being verified. */
  onHedged(): void
  /** It has answered. */
  onAnswered(connection: Connection, now: number): void
  onUnanswered(connection: Connection, cause: 'lost' | 'unresponsive'): void
}

/**
 * Idle connections that are out of reach while they are asked something: verified for a waiter, probed,
 * or compared in a pair. Each hold lasts one bounded round trip.
 */
export class Holds {
  readonly patience: Patience
  readonly #ports: HoldPorts
  /** Connections being verified for a waiter, while it still counts on them. */
  readonly #verifying = new Set<Connection>()

  constructor(ports: HoldPorts) {
    const { time, health, slots } = ports
    this.#ports = ports
    this.patience = {
      time,
      timeoutMs: health.probeTimeoutMs,
      isServerSilent: ({ id }, since) => isServerSilent(slots, id, since),
    }
  }

  /** Connections that waiters count on. */
  get verifying(): number {
    return this.#verifying.size
  }

  /** It leaves its slot. */
  forget(connection: Connection): void {
    this.#verifying.delete(connection)
  }

  /** Asks it for a sign of life on behalf of a waiter, who counts on it for a while. */
  verify(connection: Connection): void {
    const { time, health, onHedged } = this.#ports
    this.#verifying.add(connection)
    const hedge = time.setTimeout(() => {
      if (this.#verifying.delete(connection)) onHedged()
    }, health.probeTimeoutMs * HEDGE_RATIO)
    this.probe(connection, 'verify', () => {
      time.clearTimeout(hedge)
      this.#verifying.delete(connection)
    })
  }

  /** Asks an idle connection for a sign of life; it is out of reach for one round trip at most. */
  probe(connection: Connection, during: AskedDuring = 'probe', settled?: () => void): void {
    connection.probeWanted = false
    if (!this.hold(connection)) return
    const askedAt = this.#ports.time.now()
    probe(connection, 'network', this.patience, (outcome) => {
      settled?.()
      this.letGo(connection, outcome, during, askedAt)
    })
  }

  /** Takes an idle connection out of reach, so that the watcher can ask it something. */
  hold(connection: Connection): boolean {
    if (connection.state !== 'idle') return false
    this.#ports.idle.remove(connection)
    connection.moveTo('probing')
    return true
  }

  /** Whether it can be held, and needs no check. */
  isAtHand(connection: Connection, now: number): boolean {
    return connection.state === 'idle' && this.#ports.isTrusted(connection, now)
  }

  /** Whether it is to be held as soon as it is idle. */
  wants({ probeWanted, onIdle }: Connection): boolean {
    return probeWanted || onIdle !== undefined
  }

  /** Gives an idle connection to whoever waited to hold it. */
  offer(connection: Connection): void {
    const { onIdle } = connection
    connection.onIdle = undefined
    onIdle?.()
    if (connection.probeWanted) this.probe(connection)
  }

  /** Ends a hold: back to the others, or closed when it gave no answer. */
  letGo(connection: Connection, outcome: ProbeOutcome, during: AskedDuring, askedAt: number): void {
    const { time, monitor, onAnswered, onUnanswered } = this.#ports
    const now = time.now()
    const ok = outcome === 'answered'
    publishProbed(monitor, connection, ok ? now - askedAt : undefined, now)
    if (connection.state !== 'probing') return // it died meanwhile
    if (ok) onAnswered(connection, now)
    else {
      monitor.sight(unresponsive(now - askedAt, during), connection.id)
      onUnanswered(connection, outcome === 'failed' ? 'lost' : 'unresponsive')
    }
  }
}
