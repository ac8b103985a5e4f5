/** How long the back-off may become, unless the first one is longer. */
const maxBackoffMs = 1_800_000
/** After so long without trouble, what became of the predecessors says nothing any more. */
const memoryMs = 600_000
/** Connections that are remembered; beyond that, the one remembered for longest is forgotten. */
const maxRemembered = 1_024

/** How often replacing did not help, and until when it is not tried again. */
export interface Flaps {
  /** Statistical evictions in a row. */
  readonly evictions: number
  /** Monotonic ms. */
  readonly heldBackUntil: number
}

interface Lineage {
  evictions: number
  heldBackUntil: number
  /** When it was last evicted, replaced or held back. */
  troubledAt: number
  /** Whose eviction was counted last. */
  evictedId: number | undefined
}

/**
 * Remembers which connection replaced which, so that one whose replacement turns bad as well is not
 * replaced again and again: then the cause is hardly the connection. The back-off doubles with each
 * eviction. A connection that neither was evicted nor should have been for 10 min starts anew.
 */
export class FlapGuard {
  // Invariants: a connection and its predecessors share one lineage for as long as each is
  // remembered; never more than maxRemembered of them.
  readonly #backoffMs: number
  readonly #lineages = new Map<number, Lineage>()

  constructor(backoffMs: number) {
    this.#backoffMs = backoffMs
  }

  /** Forgets what is too long ago to matter. To be called before the others are asked. */
  review(connectionId: number, now: number): void {
    if (this.#lineages.size > 0) this.#recall(connectionId, now)
  }

  /** Whether a connection that should be evicted must stay; that it should be is trouble as well. */
  holdsBack(connectionId: number, now: number): boolean {
    const lineage = this.#lineages.get(connectionId)
    if (lineage === undefined || lineage.evictedId === connectionId) return false
    if (now >= lineage.heldBackUntil) return false
    lineage.troubledAt = now
    return true
  }

  /** A connection was evicted on statistics; counts once per connection. */
  recordEviction(connectionId: number, now: number): void {
    const lineage = this.#recall(connectionId, now) ?? this.#begin(connectionId, now)
    if (lineage.evictedId === connectionId) return
    lineage.evictedId = connectionId
    lineage.evictions += 1
    this.#holdBack(lineage, now)
  }

  /** `newId` took over from `oldId`, just before or after that was recorded as evicted. */
  recordReplacement(oldId: number, newId: number, now: number): void {
    const lineage = this.#recall(oldId, now) ?? this.#begin(oldId, now)
    this.#remember(newId, lineage)
    // opening may take long, and only now does the replacement begin to show what it is like
    if (lineage.evictedId === oldId) this.#holdBack(lineage, now)
  }

  forget(connectionId: number): void {
    this.#lineages.delete(connectionId)
  }

  /** `undefined` for a connection in whose lineage nothing was evicted. */
  flaps(connectionId: number): Flaps | undefined {
    const lineage = this.#lineages.get(connectionId)
    if (lineage === undefined || lineage.evictions === 0) return undefined
    return { evictions: lineage.evictions, heldBackUntil: lineage.heldBackUntil }
  }

  #recall(connectionId: number, now: number): Lineage | undefined {
    const lineage = this.#lineages.get(connectionId)
    if (lineage === undefined || now - lineage.troubledAt <= memoryMs) return lineage
    this.#lineages.delete(connectionId)
    return undefined
  }

  #begin(connectionId: number, now: number): Lineage {
    const lineage: Lineage = {
      evictions: 0,
      heldBackUntil: Number.NEGATIVE_INFINITY,
      troubledAt: now,
      evictedId: undefined,
    }
    this.#remember(connectionId, lineage)
    return lineage
  }

  #remember(connectionId: number, lineage: Lineage): void {
    this.#lineages.set(connectionId, lineage)
    if (this.#lineages.size <= maxRemembered) return
    for (const oldest of this.#lineages.keys()) {
      this.#lineages.delete(oldest)
      return
    }
  }

  #holdBack(lineage: Lineage, now: number): void {
    const backoffMs = this.#backoffMs * 2 ** (lineage.evictions - 1)
    lineage.heldBackUntil = now + Math.min(backoffMs, Math.max(maxBackoffMs, this.#backoffMs))
    lineage.troubledAt = now
  }
}
