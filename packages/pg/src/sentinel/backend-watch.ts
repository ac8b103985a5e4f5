import type { BackendView, ServerAnswer, ServerReport } from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import type { Activity, BackendActivity } from './activity.ts'
import type { Finding } from './asked.ts'

/** How far from its connection's opening a backend may have begun, ms: clocks and links are not exact. */
const OPENING_TOLERANCE_MS = 2_000

/** What is remembered of a connection's backend between two looks. */
interface BackendRecord {
  /** When the backend began, on the server's clock; `undefined` until it was seen on this server. */
  startedAt: number | undefined
  /** Of the transaction in which it has been seen to hold locks, if it is in one. */
  transactionAt: number | undefined
  /** Since when, on our clock, it has been seen to hold locks without a pause. */
  lockedSince: number | undefined
  locksHeld: number | undefined
  hasReport: boolean
}

/** Finds the connection of any pool of this process that has a backend of the same server. */
export type FindLocal = (pid: number) => Connection | undefined

/** Turns looks at a server into reports on the connections whose backends it has. */
export class BackendWatch {
  #records = new WeakMap<Connection, BackendRecord>()
  readonly #findLocal: FindLocal
  /** Since when, on the server's clock, each backend that waits for a lock has done so. */
  #waitingAt: ReadonlyMap<number, number> = new Map()

  constructor(findLocal: FindLocal) {
    this.#findLocal = findLocal
  }

  /** The questions go to another server from now on, or to one that began anew: nothing was seen on it. */
  forget(): void {
    this.#records = new WeakMap()
    this.#waitingAt = new Map()
  }

  /** Whether its backend was seen on this server: until then nothing is concluded from its absence. */
  isKnown(connection: Connection): boolean {
    return this.#records.get(connection)?.startedAt !== undefined
  }

  /** Reports what was seen. Returns whether somebody waits for a connection of ours, or one of ours waits. */
  take(
    connections: readonly Connection[],
    activity: Activity,
    temporary: Readonly<Record<string, number>>,
    now: number,
  ): boolean {
    const waiters = waitersOf(activity)
    this.#noteWaits(activity)
    let isAnyoneBlocked = false
    for (const connection of connections) {
      const pid = connection.client.processID ?? 0
      const record = this.#recordOf(connection)
      const backend = activity.backends.get(pid)
      if (backend === undefined && !record.hasReport && temporary[pid] === undefined) continue
      if (backend !== undefined) recognise(connection, record, backend, now - activity.at)
      const isOurs = record.startedAt !== undefined && isSame(backend, record)
      followLocks(record, isOurs ? backend : undefined, activity.areLocksKnown, now)
      const bytes = temporary[pid]
      if (!isOurs && bytes === undefined) {
        // one that is idle is told of only when locks are looked at
        if (record.hasReport && record.locksHeld === undefined) {
          connection.metrics.reportServer(undefined, now)
          record.hasReport = false
        }
        continue
      }
      const waiting = isOurs ? (waiters.get(pid) ?? []) : []
      const blockers = isOurs ? backend.blockers : []
      isAnyoneBlocked ||= blockers.length > 0 || waiting.length > 0
      record.hasReport = true
      connection.metrics.reportServer(
        {
          ...(isOurs && reportOf(backend, record, activity.at, now)),
          ...(bytes !== undefined && { tempBytes: bytes }),
          ...(blockers.length > 0 && this.#blockedReport(pid, blockers, activity)),
          ...(waiting.length > 0 && this.#blockingReport(waiting, activity)),
        },
        now,
      )
    }
    return isAnyoneBlocked
  }

  /** What the server does for a connection whose statement is not answered, and for how long already. */
  find(connection: Connection, activity: Activity, now: number): Finding {
    const answer = this.answerOf(connection, activity, now)
    const { stateAt } = activity.backends.get(connection.client.processID ?? 0) ?? {}
    const isSince = stateAt !== undefined && answer !== 'gone'
    return { answer, forMs: isSince ? Math.max(0, activity.at - stateAt) : undefined }
  }

  /** What the server does for a connection whose statement is not answered. */
  answerOf(connection: Connection, activity: Activity, now: number): ServerAnswer {
    const pid = connection.client.processID ?? 0
    const record = this.#recordOf(connection)
    const backend = activity.backends.get(pid)
    if (backend !== undefined) recognise(connection, record, backend, now - activity.at)
    if (record.startedAt === undefined) return 'unknown' // perhaps on another server
    if (!isSame(backend, record)) return 'gone'
    switch (backend.state) {
      case 'active':
      case 'fastpath function call':
        return isStranded(connection, backend) ? 'idle' : 'active'
      case 'idle':
      case 'idle in transaction':
      case 'idle in transaction (aborted)':
        return isReading(connection) ? 'idle' : 'active' // the answer may lie in a socket that nobody reads
      default:
        return 'unknown' // its activity is not tracked
    }
  }

  #recordOf(connection: Connection): BackendRecord {
    const known = this.#records.get(connection)
    if (known !== undefined) return known
    const record: BackendRecord = {
      startedAt: undefined,
      transactionAt: undefined,
      lockedSince: undefined,
      locksHeld: undefined,
      hasReport: false,
    }
    this.#records.set(connection, record)
    return record
  }

  /** PostgreSQL before 14 does not tell since when: then it is since it was seen first. */
  #noteWaits({ backends, at }: Activity): void {
    const before = this.#waitingAt
    const present = new Map<number, number>()
    for (const { pid, blockers, waitingAt } of backends.values()) {
      if (blockers.length > 0) present.set(pid, waitingAt ?? before.get(pid) ?? at)
    }
    this.#waitingAt = present
  }

  #waitMs(pid: number, { at }: Activity): number {
    return Math.max(0, at - (this.#waitingAt.get(pid) ?? at))
  }

  #blockedReport(
    pid: number,
    blockers: readonly number[],
    activity: Activity,
  ): Pick<ServerReport, 'blockedByPids' | 'blockedMs' | 'blockers'> {
    return {
      blockedByPids: blockers,
      blockedMs: this.#waitMs(pid, activity),
      blockers: blockers.map((each) => this.#viewOf(each, activity)),
    }
  }

  #blockingReport(
    waiting: readonly number[],
    activity: Activity,
  ): Pick<ServerReport, 'blocksCount' | 'blockingMs' | 'waiters'> {
    const waits = waiting.map((each) => this.#viewOf(each, activity))
    const longestFirst = waits.toSorted((a, b) => (b.waitingMs ?? 0) - (a.waitingMs ?? 0))
    return {
      blocksCount: waits.length,
      blockingMs: longestFirst[0]?.waitingMs ?? 0,
      waiters: longestFirst,
    }
  }

  #viewOf(pid: number, activity: Activity): BackendView {
    if (pid === 0) return { pid, state: 'prepared transaction' }
    const backend = activity.backends.get(pid)
    const local = this.#findLocal(pid)
    return {
      pid,
      ...(backend?.application !== undefined && { application: backend.application }),
      ...(backend?.statement !== undefined && { statement: backend.statement }),
      ...(backend?.state !== undefined && { state: backend.state }),
      ...(this.#waitingAt.has(pid) && { waitingMs: this.#waitMs(pid, activity) }),
      ...(local !== undefined && { connectionId: local.id }),
      ...(local?.leasedBy !== undefined && { leasedBy: local.leasedBy }),
    }
  }
}

/** Process ids are used again; whoever is asked about is told when it began. */
function isSame(
  backend: BackendActivity | undefined,
  { startedAt }: BackendRecord,
): backend is BackendActivity {
  return backend !== undefined && (backend.startedAt ?? startedAt) === startedAt
}

/** A backend that began while its connection was opened is the one. `aheadMs`: our clock less the server's. */
function recognise(
  { openingAt, openedAt }: Connection,
  record: BackendRecord,
  { startedAt }: BackendActivity,
  aheadMs: number,
): void {
  if (record.startedAt !== undefined || startedAt === undefined) return
  const began = startedAt + aheadMs
  const isWithin =
    began > openingAt - OPENING_TOLERANCE_MS && began < openedAt + OPENING_TOLERANCE_MS
  if (isWithin) record.startedAt = startedAt
}

/**
 * Whether a backend that is at work waits for nothing but us: it cannot get rid of its answer although we
 * read, or it waits for the rest of what we have sent as a whole.
 */
function isStranded(connection: Connection, { waitEvent }: BackendActivity): boolean {
  if (waitEvent === 'Client:ClientWrite') return isReading(connection)
  return waitEvent === 'Client:ClientRead' && connection.wire.submittables.length === 0
}

/** Whether what comes in is taken at once: who reads a COPY slowly has the socket paused, and so has a cancel. */
function isReading({ client }: Connection): boolean {
  return client.connection?.stream?.isPaused?.() !== true
}

/** Locks of a session outlast its transactions, so those of no transaction are one story, too. */
function followLocks(
  record: BackendRecord,
  backend: BackendActivity | undefined,
  areLocksKnown: boolean,
  now: number,
): void {
  if (areLocksKnown) record.locksHeld = backend?.locksHeld
  const isAnother = backend?.transactionAt !== record.transactionAt
  record.transactionAt = backend?.transactionAt
  if (record.locksHeld === undefined) record.lockedSince = undefined
  else if (record.lockedSince === undefined || isAnother) record.lockedSince = now
}

function reportOf(
  backend: BackendActivity,
  { locksHeld, lockedSince }: BackendRecord,
  at: number,
  now: number,
): ServerReport {
  const { state, transactionAt, statementAt, waitEvent, xminAge } = backend
  const isBusy = state !== 'idle'
  return {
    ...(state !== undefined && { state }),
    ...(transactionAt !== undefined && { transactionAgeMs: Math.max(0, at - transactionAt) }),
    ...(isBusy && statementAt !== undefined && { statementAgeMs: Math.max(0, at - statementAt) }),
    ...(isBusy && waitEvent !== undefined && { waitEvent }),
    ...(xminAge !== undefined && { xminAge }),
    ...(locksHeld !== undefined && { locksHeld }),
    ...(lockedSince !== undefined && { oldestLockMs: now - lockedSince }),
  }
}

/** Who waits for whom, by the pid that is waited for. */
function waitersOf({ backends }: Activity): ReadonlyMap<number, readonly number[]> {
  const waiters = new Map<number, number[]>()
  for (const backend of backends.values()) {
    for (const pid of backend.blockers) {
      const known = waiters.get(pid)
      if (known === undefined) waiters.set(pid, [backend.pid])
      else known.push(backend.pid)
    }
  }
  return waiters
}
