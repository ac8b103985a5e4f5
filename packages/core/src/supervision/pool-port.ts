import type { ConnectionHealthMetrics } from '../metrics/connection-health-metrics.ts'
import type { ProbeKind } from '../metrics/probe-kind.ts'
import type { RecycleCause } from '../recycling/recycle-cause.ts'

/**
 * What a connection does now, as far as it matters to its supervisor. `away`: being opened, probed,
 * cleaned or closed, so that nothing can be asked of it.
 */
export type SupervisedState = 'idle' | 'leased' | 'away'

/** One connection as its supervisor sees it: live, to be read and not kept. */
export interface SupervisedConnection {
  readonly id: number
  readonly metrics: ConnectionHealthMetrics
  readonly supervisedState: SupervisedState
  /** Monotonic ms, as all instants here. */
  readonly openedAt: number
  /** When its opening began, which tells how long its round trips are; `undefined` if that is not known. */
  readonly openingAt?: number | undefined
  /** From `ConnectionRecycler.drawDeadline`; `Infinity` for no limit. */
  readonly deadlineAt: number
  /** Leases that ended. */
  readonly uses: number
  /** Of meaning while it is idle. */
  readonly idleSince: number
  /** Of meaning while it is leased. */
  readonly leasedAt: number
  /** Where in the application it was leased, as far as that was noted; made when it is read. */
  readonly leasedBy: string | undefined
  /** Whether its holder waits for notifications. */
  readonly isListening: boolean
  /** Not heard of since something cast doubt on it: a peer died, or this process was frozen. */
  readonly isDoubted: boolean
  /** When the server last answered anything; `-Infinity` before it has. */
  readonly heardAt: number
  /** Whether it is going to be closed, or its replacement is under way: then it is left alone. */
  readonly isLeaving: boolean
  /** When the statement was sent that is running now; `undefined` while none is. */
  readonly runningSince: number | undefined
  /** The fingerprint of that statement; `unknownFingerprint` where there is none. */
  readonly runningFingerprint: number
  /** Bytes that were sent and may still be on their way, an upper bound. */
  readonly unsentBytes: number
  /** Bytes received so far; a number that grew is a sign of life. */
  readonly receivedBytes: number
  /** When the open transaction began; `undefined` while none is open. */
  readonly transactionSince: number | undefined
}

/**
 * What the server knows of a backend. `active`: it is at work, or waits for something that is not its
 * client. `idle`: it waits for its client. `gone`: there is none of that process id. `unknown`: that
 * cannot be told, as behind a pooler; say so too where nobody could be asked although the server lives,
 * as when it has no connection left. `unanswered`: nothing came back, nor on a connection made anew.
 */
export type ServerAnswer = 'active' | 'idle' | 'gone' | 'unknown' | 'unanswered'

/** For which answer a statement's link counts as dead. */
export type LostBecause = Extract<ServerAnswer, 'idle' | 'gone' | 'unanswered'>

/** Two connections that are to answer the same probe at the same time. */
export interface ProbePair {
  readonly suspectId: number
  readonly referenceId: number
  readonly kind: ProbeKind
  /** Who is asked first; alternates, because the first one is at a small advantage. */
  readonly suspectFirst: boolean
}

/**
 * Gets what the server knows of a backend, and for how many ms that has been so already, on the server's own
 * clock; `undefined` if that is not known.
 */
export type ServerAnswerCallback = (answer: ServerAnswer, forMs?: number) => void

/** Gets both round trips in ms; `undefined` for one that was not answered or not told. */
export type PairCallback = (suspectMs: number | undefined, referenceMs: number | undefined) => void

/**
 * What detection asks of whoever holds the connections: the pool, and the simulator that detection
 * is judged by. All of it is asked from `ConnectionSupervisor.sweep` or from a callback; callbacks
 * come later, at most once, and never after the connection was forgotten.
 */
export interface PoolPort {
  /** Every connection that takes a slot, candidates included: those are `away`. */
  connections(): Iterable<SupervisedConnection>
  /** Callers that wait for a connection. */
  readonly waitingCount: number
  /** Connections that idleness never takes. */
  readonly min: number
  /** Whether a successor can be opened beside a connection before that one leaves. */
  readonly canReplace: boolean
  /** `Infinity` for no limit. */
  readonly maxUses: number
  /** `false` for no limit. */
  readonly idleTimeoutMs: number | false

  /** Sends an empty query: now if the connection is idle, else as soon as it is. */
  probe(connectionId: number): void
  /**
   * Sends the same probe to both. Returns `false`, and sends nothing, unless both are idle now; a
   * candidate counts as idle. While callers wait it does so only from the `onIdle` of one of the
   * two, so that no caller is delayed by more than one round trip.
   */
  probePair(pair: ProbePair, done: PairCallback): boolean
  /**
   * Calls `onIdle` once, as soon as the connection is idle and before it is lent again. A second
   * call for the same connection takes the place of the first.
   */
  awaitIdle(connectionId: number, onIdle: () => void): void
  /**
   * Opens a connection beside the others that is lent to nobody yet: a reference for the suspect
   * now, and its replacement if it is condemned. Calls back with its id once it is open, or with
   * `undefined`. Returns `false` if none can be opened now.
   */
  openCandidate(suspectId: number, done: (candidateId: number | undefined) => void): boolean
  /** Gives up a candidate that is not needed after all; does nothing once it replaced its suspect. */
  dropCandidate(candidateId: number): void
  /**
   * When the session that `askServer` asks on last heard from the server, whatever it was asked;
   * `undefined` where there is none.
   */
  readonly serverHeardAt?: number | undefined
  /**
   * Asks out of band what the server knows of this connection's backend. Calls back within a second
   * or two, `unanswered` at the latest. Returns `false` if nothing can be asked now: then it is asked
   * again on the next sweep.
   */
  askServer(connectionId: number, done: ServerAnswerCallback): boolean
  /**
   * Replaces a connection that works: its successor is open before it leaves. Takes the candidate
   * that was opened for it, if there is one. Returns whether it has begun.
   */
  replace(connectionId: number, cause: RecycleCause): boolean
  /**
   * Closes a connection without waiting for a successor; a leased one at release, a dead one now.
   * `because` comes with `unresponsive` if that was found while a statement ran: its caller is to be
   * told now, and why.
   */
  evict(connectionId: number, cause: RecycleCause, because?: LostBecause): void
}
