import {
  type ConnectionHealthMetrics,
  type FaultKind,
  isForgotten,
  type ProbeKind,
  type RecycleCause,
  type SupervisedConnection,
  type SupervisedState,
  unknownFingerprint,
} from '@hale/core'
import type { TimerHandle } from '../time-source.ts'
import type { CallSite } from './call-site.ts'
import type { CancelOutcome } from './cancel-request.ts'
import { type ConnectionState, transition } from './connection-state.ts'
import type { Incident } from './incident.ts'
import type { PoolableClient } from './poolable-client.ts'

/** Transaction status as PostgreSQL reports it: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E'

/**
 * What the wire tap knows of a connection. Written by the tap alone.
 *
 * - `outstanding` counts the statements that were submitted and not answered by ReadyForQuery.
 * - `transactionStatus` is what the latest ReadyForQuery said; it is current when `outstanding` is 0.
 */
export interface WireFacts {
  outstanding: number
  /** Statements that were submitted so far, the watcher's own included. */
  submitted: number
  /** When the statement that is running now was sent, or its predecessor answered. */
  submittedAt: number
  /** When the caller of the statement that is running stops waiting for it; `Infinity` for never. */
  overdueAt: number
  /** When the last of those who queued something behind it does; of no meaning while nobody has. */
  queuedOverdueAt: number
  /** What is running now is compared with runs of the same fingerprint; unknown for what was queued. */
  fingerprint: number
  /** Cursors, streams and query objects among what is outstanding: they tell errors by an event. */
  readonly submittables: object[]
  /** Bytes that had been written to the socket before the running statement was. */
  writtenBefore: number
  /** The error that the statement that is running has been answered with, if it has. */
  failedWith: FaultKind | undefined
  transactionStatus: TransactionStatus
  /** When the open transaction's first statement was sent; of no meaning while none is open. */
  transactionSince: number
  /** Tag of the command that was completed last. */
  lastCommand: string | undefined
  /** Whether somebody on it waits for notifications, as far as command tags tell. */
  isListening: boolean
  /** The socket is closed: nothing will be answered any more. */
  hasEnded: boolean
  /** When the server last answered anything; never, until it is open or was refused. */
  heardAt: number
  /** What of ours is running: a probe, or a question about another connection. */
  probing: ProbeKind | 'question' | undefined
  /** Round trip of the latest probe, ms. */
  probeMs: number | undefined
  inHotStandby: boolean | undefined
  readOnlyByDefault: boolean | undefined
  serverVersion: string | undefined
  /** Called when the last outstanding statement has been answered. */
  onSettled: (() => void) | undefined
}

function createWireFacts(now: number): WireFacts {
  return {
    outstanding: 0,
    submitted: 0,
    submittedAt: now,
    overdueAt: Number.POSITIVE_INFINITY,
    queuedOverdueAt: Number.POSITIVE_INFINITY,
    fingerprint: unknownFingerprint,
    submittables: [],
    writtenBefore: 0,
    failedWith: undefined,
    transactionStatus: 'I',
    transactionSince: now,
    lastCommand: undefined,
    isListening: false,
    hasEnded: false,
    heardAt: Number.NEGATIVE_INFINITY,
    probing: undefined,
    probeMs: undefined,
    inHotStandby: undefined,
    readOnlyByDefault: undefined,
    serverVersion: undefined,
    onSettled: undefined,
  }
}

/**
 * One backend session as the pool tracks it, from its opening to its close.
 *
 * - `state` moves along the table of connection-state.ts, through `moveTo` alone.
 * - `lease` numbers the leases: a release that names an older one is a double release.
 * - once `condemnedFor` is set it stays, and the connection is never lent again.
 */
export class Connection implements SupervisedConnection {
  readonly id: number
  readonly client: PoolableClient
  readonly metrics: ConnectionHealthMetrics
  readonly wire: WireFacts
  readonly openingAt: number
  readonly #incident: Incident
  openedAt: number
  deadlineAt: number = Number.POSITIVE_INFINITY
  lease = 0
  leasedAt = 0
  /** Where in the application it was leased, as far as that was noted. */
  leaseSite: CallSite | undefined
  /** What `wire.submitted` was when it was leased. */
  submittedBefore = 0
  /** Its holder gave up on what runs: that is cancelled at release without waiting. */
  isAborted = false
  /** `sent` until it is known what became of it; `delivered` until an answer of ours has absorbed it. */
  cancel: 'none' | 'sent' | 'delivered' = 'none'
  /** `runningStatement` when a cancel was last asked for. */
  cancelledStatement: number | undefined
  /** Told what became of each cancel, as soon as that is known. */
  onCancelled: ((outcome: CancelOutcome) => void) | undefined
  idleSince: number
  /** The connection that this one was opened to replace. */
  replaces: Connection | undefined
  /** Why it is being replaced, while its replacement warms. */
  replacementCause: RecycleCause | undefined
  /** The watcher asks for a probe as soon as nobody holds it. */
  probeWanted = false
  /** Before that its backend is not asked how much memory it keeps. */
  memoryDueAt = 0
  /** Part of a pair that has not been answered as a whole. */
  isInPair = false
  /** Told once when it is idle next, before it is lent again. */
  onIdle: (() => void) | undefined
  /** Told once when it is open, or failed to: it is held as a candidate then instead of being lent. */
  onCandidate: ((candidate: Connection | undefined) => void) | undefined
  /** Takes the slot back from the holder of a lost connection; runs while the connection is leased. */
  reclaim: TimerHandle | undefined
  /** Told when the socket dies under a pool.query that has not been answered. */
  onLost: ((error: Error) => void) | undefined
  #state: ConnectionState = 'opening'
  #condemnedFor: RecycleCause | undefined

  constructor(
    id: number,
    client: PoolableClient,
    metrics: ConnectionHealthMetrics,
    incident: Incident,
    now: number,
  ) {
    this.id = id
    this.#incident = incident
    this.client = client
    this.metrics = metrics
    this.wire = createWireFacts(now)
    this.openingAt = now
    this.openedAt = now
    this.idleSince = now
  }

  get supervisedState(): SupervisedState {
    return this.#state === 'idle' || this.#state === 'leased' ? this.#state : 'away'
  }

  get isLeaving(): boolean {
    return this.#condemnedFor !== undefined || this.replacementCause !== undefined
  }

  get heardAt(): number {
    return this.wire.heardAt
  }

  /** Not heard of since the latest incident. */
  get isDoubted(): boolean {
    return this.wire.heardAt < this.#incident.at
  }

  get isListening(): boolean {
    return this.wire.isListening
  }

  /** Drops what keeps parts of the application alive: a stack, and a statement with its parameters. */
  forgetHolder(): void {
    this.leaseSite = undefined
    this.metrics.operation.forget()
  }

  get leasedBy(): string | undefined {
    return this.leaseSite?.toString()
  }

  /**
   * Whether the server owes an answer. pg refuses a cursor in pipeline mode without a word to the server,
   * and a client class of the application's own may answer a statement by itself.
   */
  get isUnderWay(): boolean {
    const { outstanding, writtenBefore } = this.wire
    const bytesWritten = this.client.connection?.stream?.bytesWritten
    return outstanding > 0 && (bytesWritten === undefined || bytesWritten > writtenBefore)
  }

  get runningSince(): number | undefined {
    return this.isUnderWay ? this.wire.submittedAt : undefined
  }

  /** Tells the statement that is running from those before and after it. */
  get runningStatement(): number {
    return this.wire.submitted - this.wire.outstanding
  }

  /** When whoever sent what is running stops waiting for it; `Infinity` for never. */
  get overdueAt(): number {
    return this.isAborted ? Number.NEGATIVE_INFINITY : this.wire.overdueAt
  }

  get runningFingerprint(): number {
    return this.wire.fingerprint
  }

  /** How long its holder has sent nothing, ms; 0 while a statement runs. */
  quietMs(now: number): number {
    return this.isUnderWay ? 0 : now - Math.max(this.leasedAt, this.wire.heardAt)
  }

  /** Whether its holder has most likely forgotten it; one who listens has not. `false` for no limit. */
  hasLeaked(afterMs: number | false, now: number): boolean {
    if (afterMs === false || this.#state !== 'leased' || this.isListening) return false
    return isForgotten(now - this.leasedAt, this.quietMs(now), afterMs)
  }

  /** This process did not run for `stalledMs` until `now`; what began at the end of that was spared most of it. */
  excuse(stalledMs: number, now: number): void {
    const { wire } = this
    if (this.#state === 'leased') this.leasedAt = Math.min(now, this.leasedAt + stalledMs)
    if (wire.outstanding > 0) wire.submittedAt = Math.min(now, wire.submittedAt + stalledMs)
  }

  get transactionSince(): number | undefined {
    return this.wire.transactionStatus === 'I' ? undefined : this.wire.transactionSince
  }

  /** Whether its holder has sent anything, or may have: where the wire is not watched, nobody knows. */
  get wasUsed(): boolean {
    return this.client.connection === undefined || this.wire.submitted > this.submittedBefore
  }

  get receivedBytes(): number {
    return this.client.connection?.stream?.bytesRead ?? 0
  }

  get sentBytes(): number {
    return this.client.connection?.stream?.bytesWritten ?? 0
  }

  get unsentBytes(): number {
    return this.sentBytes - this.wire.writtenBefore
  }

  /** Finished leases, as pg-pool counts them for `maxUses`. */
  get uses(): number {
    return this.metrics.uses
  }

  get state(): ConnectionState {
    return this.#state
  }

  get condemnedFor(): RecycleCause | undefined {
    return this.#condemnedFor
  }

  /** @throws {BugError} when the table of transitions does not allow it */
  moveTo(state: ConnectionState): void {
    this.#state = transition(this.#state, state)
  }

  /** The first cause stays. Returns whether this call was the first. */
  condemn(cause: RecycleCause): boolean {
    if (this.#condemnedFor !== undefined) return false
    this.#condemnedFor = cause
    return true
  }
}
