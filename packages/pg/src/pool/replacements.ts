import { BugError, type RecycleCause } from '@hale/core'
import type { Connection } from './connection.ts'

/** Gets a candidate once it is open, or `undefined` when it could not be opened. */
export type CandidateCallback = (candidate: Connection | undefined) => void

export interface ReplacementPorts {
  /** Whether one more connection may be opened beside the others now. */
  canOpen(): boolean
  /** Whether a connection has to leave before its successor may be opened, and one could be opened then. */
  mustLeaveFirst(): boolean
  open(replaces: Connection, onCandidate?: CandidateCallback): Connection | undefined
  /** Whether the pool is at or below its size, the newcomer included. */
  hasRoom(): boolean
  /** Lends a candidate from now on. */
  admit(candidate: Connection): void
  close(connection: Connection, cause: RecycleCause): void
  condemn(connection: Connection, cause: RecycleCause): void
  onReplaced(oldId: number, newId: number, cause: RecycleCause): void
}

/**
 * Replacements, one at a time: the newcomer is open and has answered before the old one leaves. A
 * candidate is a newcomer that is held until it is decided whether the old one has to leave at all.
 */
export class Replacements {
  readonly #ports: ReplacementPorts
  /** The newcomer while it is opening, and while it is a candidate. */
  #newcomer: Connection | undefined
  /** What is to become of the candidate once its pair is answered. */
  #decided: 'take' | 'drop' | undefined
  /** Connections that an operator wants replaced as soon as it is their turn. */
  readonly #requested = new Map<Connection, RecycleCause>()

  constructor(ports: ReplacementPorts) {
    this.#ports = ports
  }

  get canBegin(): boolean {
    return this.#newcomer === undefined && (this.#ports.canOpen() || this.#ports.mustLeaveFirst())
  }

  /** Newcomers beyond what the pool is to hold in the end: 0 or 1. */
  get surplus(): number {
    return this.#newcomer === undefined ? 0 : 1
  }

  /** The newcomer that is open and held. */
  get candidate(): Connection | undefined {
    return this.#newcomer?.state === 'probing' ? this.#newcomer : undefined
  }

  /**
   * Ends a sound or doubtful connection at no cost to callers. Does nothing when another replacement is
   * under way or the server takes no connections; the old one stays then, and the next sweep asks
   * again. Returns whether it has begun.
   */
  replace(old: Connection, cause: RecycleCause): boolean {
    const { candidate } = this
    const isReady = candidate?.replaces === old
    if (!isReady && !this.canBegin) return false
    if (!isReady && !this.#ports.canOpen()) {
      this.#ports.condemn(old, cause)
      return true
    }
    old.replacementCause = cause
    if (isReady) this.#decide('take', candidate)
    else if (this.#ports.open(old) === undefined) old.replacementCause = undefined
    return true
  }

  /** Has `old` replaced when it is its turn. If its successor cannot be opened, it stays. */
  request(old: Connection, cause: RecycleCause): void {
    if (old.isLeaving) return
    this.#requested.set(old, cause)
    this.continue()
  }

  /** Begins with the next that was requested, if it may. */
  continue(): void {
    for (const [old, cause] of this.#requested) {
      if (!old.isLeaving && !this.replace(old, cause)) return
      this.#requested.delete(old)
    }
  }

  /** Opens what may replace `old`, and holds it. Returns whether the opening has begun. */
  openCandidate(old: Connection, done: CandidateCallback): boolean {
    if (this.#newcomer !== undefined || !this.#ports.canOpen()) return false
    return this.#ports.open(old, done) !== undefined
  }

  /** `newcomer` is being opened from now on; its client may settle that before `open` returns. */
  begun(newcomer: Connection): void {
    this.#newcomer = newcomer
  }

  /** Holds a newcomer that was opened as a candidate, as long as what it may replace is there. */
  hold(newcomer: Connection): boolean {
    const { onCandidate, replaces } = newcomer
    if (onCandidate === undefined) return false
    newcomer.onCandidate = undefined
    const isNeeded = replaces !== undefined && !isGone(replaces)
    if (isNeeded) newcomer.moveTo('probing')
    else newcomer.replaces = undefined
    onCandidate(isNeeded ? newcomer : undefined)
    return isNeeded
  }

  /** A candidate that replaces nobody stays if there is room for it. */
  dropCandidate(candidate: Connection): void {
    if (candidate === this.candidate) this.#decide('drop', candidate)
  }

  /** `connection` has answered: whether it stays held, as a candidate, rather than to be lent. */
  keepsHeld(connection: Connection): boolean {
    if (connection !== this.candidate) return false
    if (this.#decided !== undefined) this.#decide(this.#decided, connection)
    return true
  }

  /** At once, or when the pair that it is part of has been answered. */
  #decide(decided: 'take' | 'drop', candidate: Connection): void {
    const { isInPair } = candidate
    this.#decided = isInPair ? decided : undefined
    if (isInPair) return
    if (decided === 'drop') candidate.replaces = undefined
    if (decided === 'take' || this.#ports.hasRoom()) this.#ports.admit(candidate)
    else this.#ports.close(candidate, 'surplus')
  }

  /** `newcomer` is lent from now on: what it replaces leaves. */
  takeOver(newcomer: Connection): void {
    const { replaces: old } = newcomer
    newcomer.replaces = undefined
    if (this.#newcomer === newcomer) this.#newcomer = undefined
    if (old === undefined) return
    const cause = old.replacementCause
    /* v8 ignore next -- @preserve */
    if (cause === undefined) throw new BugError('a replacement without a cause')
    if (!isGone(old)) this.#ports.onReplaced(old.id, newcomer.id, cause)
    this.#ports.condemn(old, cause)
    this.continue()
  }

  /**
   * `newcomer` could not be opened on its host, and another host is left: once it has left its slot, a
   * newcomer on that one takes over its part.
   */
  tryNextHost(newcomer: Connection, leave: () => void): void {
    const { replaces: old, onCandidate } = newcomer
    newcomer.replaces = undefined
    newcomer.onCandidate = undefined
    leave()
    if (old === undefined) return
    const isNeeded = !isGone(old) && this.#newcomer === undefined && this.#ports.canOpen()
    if (isNeeded && this.#ports.open(old, onCandidate) !== undefined) return
    old.replacementCause = undefined
    onCandidate?.(undefined)
  }

  /** `connection` leaves its slot: if it was to replace another, that one stays. */
  gone(connection: Connection): void {
    this.#requested.delete(connection)
    if (this.#newcomer === connection) {
      this.#newcomer = undefined
      this.#decided = undefined
    }
    if (connection.replaces !== undefined) connection.replaces.replacementCause = undefined
    connection.replaces = undefined
    connection.onCandidate?.(undefined)
    connection.onCandidate = undefined
  }
}

function isGone({ state }: Connection): boolean {
  return state === 'closing' || state === 'closed'
}
