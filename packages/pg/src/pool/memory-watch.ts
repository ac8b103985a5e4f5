import type { Health } from '@hale/core'
import { ask } from '../probe/probe.ts'
import type { RunningTime } from '../running-time.ts'
import type { ServerLimit } from '../server-snapshot.ts'
import type { Connection } from './connection.ts'
import type { Holds } from './holds.ts'

/** Share of the probe's bound that a backend may count for: 160 ms per 250 MB of small plans, measured. */
const COUNTING_RATIO = 0.5

/** Nothing but a privilege is asked for at first: a statement that is refused shows in the server's log. */
const privilegeQuestion =
  'select pg_catalog.has_table_privilege(' +
  "pg_catalog.to_regclass('pg_catalog.pg_backend_memory_contexts')::pg_catalog.oid, 'select') " +
  'and pg_catalog.has_function_privilege(' +
  "pg_catalog.to_regprocedure('pg_catalog.pg_get_backend_memory_contexts()')::pg_catalog.oid, " +
  "'execute') as allowed, pg_catalog.pg_backend_pid()::pg_catalog.text as pid"

/** One message is one transaction, so that the bound ends with it. */
function memoryQuestion({ probeTimeoutMs }: Health): string {
  return (
    'select pg_catalog.set_config(' +
    `'statement_timeout', '${Math.ceil(probeTimeoutMs * COUNTING_RATIO)}', true); ` +
    'select pg_catalog.sum(total_bytes)::pg_catalog.text as bytes ' +
    'from pg_catalog.pg_backend_memory_contexts'
  )
}

const pooled = 'a pooler lends backends, so that none belongs to a connection'
const tooOld = 'it needs PostgreSQL 14'
const notAllowed =
  'the role may not read pg_backend_memory_contexts, which members of pg_read_all_stats may'

/** SQLSTATEs that tell why it will be refused again. */
const reasons: Readonly<Record<string, string>> = {
  '42501': notAllowed,
  '42P01': tooOld, // undefined_table
  '42883': tooOld, // undefined_function
}

export interface MemoryWatchPorts {
  readonly time: RunningTime
  readonly health: Health
  readonly holds: Holds
  /** Every connection that takes a slot. */
  connections(): Iterable<Connection>
  /** Callers that wait for a connection. */
  waiting(): number
}

/**
 * Asks backends now and then how much memory they keep, each on its own connection: nobody else can be
 * asked. One at a time, and only one that is idle, needs no check and that nobody waits for, so that a
 * caller waits for one round trip at most.
 */
export class MemoryWatch {
  readonly #ports: MemoryWatchPorts
  #isAsking = false
  /** Nothing is due before. */
  #nextAt = Number.NEGATIVE_INFINITY
  #isAllowed = false
  #limit: ServerLimit | undefined

  constructor(ports: MemoryWatchPorts) {
    this.#ports = ports
  }

  /** Why it is not asked for any more; `undefined` while it is, or was switched off. */
  get limit(): ServerLimit | undefined {
    return this.#limit
  }

  pass(now: number): void {
    const intervalMs = this.#ports.health.memoryIntervalMs
    if (intervalMs === false || now < this.#nextAt || this.#isAsking) return
    if (this.#limit !== undefined || this.#ports.waiting() > 0) return
    const connection = this.#choose(intervalMs, now)
    if (connection !== undefined) this.#ask(connection, intervalMs, now)
  }

  /** The one at hand that is due for longest; notes when the next will be due. */
  #choose(intervalMs: number, now: number): Connection | undefined {
    let chosen: Connection | undefined
    this.#nextAt = now + intervalMs // what is opened from now on is due then
    for (const connection of this.#ports.connections()) {
      const dueAt = Math.max(connection.openedAt + intervalMs, connection.memoryDueAt)
      this.#nextAt = Math.min(this.#nextAt, dueAt)
      if (now < dueAt || !this.#isAtHand(connection, now)) continue
      if (chosen === undefined || connection.memoryDueAt < chosen.memoryDueAt) chosen = connection
    }
    return chosen
  }

  /** A backend that has served nobody keeps what it began with, and of that there is nothing to learn. */
  #isAtHand(connection: Connection, now: number): boolean {
    const { uses, isLeaving } = connection
    return uses > 0 && !isLeaving && this.#ports.holds.isAtHand(connection, now)
  }

  #ask(connection: Connection, intervalMs: number, askedAt: number): void {
    const { holds, health, time } = this.#ports
    if (isOlderThan14(connection.wire.serverVersion)) {
      this.#giveUp(tooOld)
      return
    }
    const isCounting = this.#isAllowed
    const text = isCounting ? memoryQuestion(health) : privilegeQuestion
    this.#isAsking = true
    holds.hold(connection)
    ask(connection, { text, kind: 'question' }, holds.patience, (outcome, answer) => {
      const now = time.now()
      this.#isAsking = false
      connection.memoryDueAt = askedAt + intervalMs
      const reason = reasons[answer?.refusedFor ?? '']
      if (reason !== undefined) this.#giveUp(reason)
      else if (isCounting) note(connection, answer, now)
      else this.#noteAllowed(connection, answer?.rows?.[0])
      holds.letGo(connection, outcome, 'probe', askedAt)
    })
  }

  #noteAllowed(connection: Connection, row: unknown): void {
    const { allowed, pid } = (row ?? {}) as {
      readonly allowed?: boolean | null
      readonly pid?: string
    }
    if (pid !== undefined && Number(pid) !== connection.client.processID) this.#giveUp(pooled)
    else if (allowed === true) {
      this.#isAllowed = true
      connection.memoryDueAt = 0 // at the next sweep: it was asked for nothing but leave
    } else if (allowed === false) this.#giveUp(notAllowed)
    else if (allowed === null) this.#giveUp(tooOld)
  }

  #giveUp(reason: string): void {
    this.#limit = Object.freeze({ fact: 'backend memory', reason })
  }
}

/** Of two statements in one message pg gives two results. */
function note({ metrics }: Connection, results: unknown, now: number): void {
  const [, counted] = Array.isArray(results) ? results : []
  const bytes = Number((counted as { rows?: { bytes?: string }[] })?.rows?.[0]?.bytes)
  if (bytes > 0) metrics.reportMemory(bytes, now)
}

function isOlderThan14(version: string | undefined): boolean {
  return version !== undefined && Number.parseInt(version, 10) < 14
}
