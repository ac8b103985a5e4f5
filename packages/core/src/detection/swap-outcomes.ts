/** What made a connection a suspect; each has a limit of its own. */
export type SwapChannel = 'shift' | 'tail' | 'error' | 'ageing' | 'liveness'

/** A connection that was replaced by another, as an experiment. */
export interface Swap {
  readonly channel: SwapChannel
  /** What was bad about the old connection: mean score, stall rate or error rate. */
  readonly oldLevel: number
  readonly replacementId: number
}

/** What the swaps of one channel came to; plain JSON. */
export interface ChannelOutcomes {
  /** Swaps that were decided. */
  readonly swaps: number
  /** Those of them that helped. */
  readonly helped: number
  /** Swaps whose replacement has not shown yet what it is like. */
  readonly pending: number
  readonly trust: number
  readonly limitFactor: LimitFactor
}

export type LimitFactor = 1 | 1.5 | 3

/** What became of the swaps so far, by channel. */
export type Learning = Readonly<Record<SwapChannel, ChannelOutcomes>>

interface Evidence {
  swaps: number
  helped: number
  /** Both faded. */
  successes: number
  failures: number
}

/** Swaps under observation; beyond that, the oldest is given up. */
const maxPending = 64
/** Three successes' worth of trust, so that one unlucky swap does not raise a limit. */
const prior = { successes: 3, failures: 1 }
/** What an outcome leaves of those before it: about the latest 50 count. */
const fading = 0.98
/** A swap helped if it leaves less than this share of what was bad. */
const helpfulRatio = 0.5

/**
 * Learns from what swaps came to: a channel whose swaps do not help gets a higher limit. The
 * share of swaps that help is estimated per channel by a Beta posterior.
 */
export class SwapOutcomes {
  // Invariant: #pending holds at most maxPending swaps, oldest first, each with a level above 0.
  readonly #pending = new Map<number, Swap>()
  readonly #evidence: Readonly<Record<SwapChannel, Evidence>> = {
    shift: noEvidence(),
    tail: noEvidence(),
    error: noEvidence(),
    ageing: noEvidence(),
    liveness: noEvidence(),
  }

  /** A replacement took over. Without anything bad to improve on, there is nothing to learn. */
  begin(swap: Swap): void {
    this.#pending.delete(swap.replacementId)
    if (!(swap.oldLevel > 0 && swap.oldLevel < Number.POSITIVE_INFINITY)) return
    this.#pending.set(swap.replacementId, swap)
    if (this.#pending.size <= maxPending) return
    for (const oldest of this.#pending.keys()) {
      this.#pending.delete(oldest)
      return
    }
  }

  /**
   * The replacement has shown what it is like, in the measure of `oldLevel`. One that turned out bad
   * before it was due is to be settled too: forgetting it would leave the failure out.
   */
  settle(replacementId: number, newLevel: number): void {
    const swap = this.#pending.get(replacementId)
    if (swap === undefined) return
    this.#pending.delete(replacementId)
    if (Number.isNaN(newLevel)) return
    const evidence = this.#evidence[swap.channel]
    const helped = newLevel < swap.oldLevel * helpfulRatio ? 1 : 0
    evidence.swaps += 1
    evidence.helped += helped
    evidence.successes = evidence.successes * fading + helped
    evidence.failures = evidence.failures * fading + 1 - helped
  }

  /** The replacement is gone before it could show anything. */
  forget(replacementId: number): void {
    this.#pending.delete(replacementId)
  }

  /** How likely the next swap of a channel is to help, 0..1; 0.75 before the first. */
  trust(channel: SwapChannel): number {
    const { successes, failures } = this.#evidence[channel]
    const helped = prior.successes + successes
    return helped / (helped + prior.failures + failures)
  }

  /** What a channel's limit is to be multiplied by: 1, 1.5 below a trust of 0.5, 3 below 0.3. */
  limitFactor(channel: SwapChannel): LimitFactor {
    const trust = this.trust(channel)
    if (trust < 0.3) return 3
    return trust < 0.5 ? 1.5 : 1
  }

  /** A copy. */
  snapshot(): Learning {
    return {
      shift: this.#outcomes('shift'),
      tail: this.#outcomes('tail'),
      error: this.#outcomes('error'),
      ageing: this.#outcomes('ageing'),
      liveness: this.#outcomes('liveness'),
    }
  }

  #outcomes(channel: SwapChannel): ChannelOutcomes {
    const { swaps, helped } = this.#evidence[channel]
    let pending = 0
    for (const swap of this.#pending.values()) if (swap.channel === channel) pending += 1
    const trust = this.trust(channel)
    return { swaps, helped, pending, trust, limitFactor: this.limitFactor(channel) }
  }
}

function noEvidence(): Evidence {
  return { swaps: 0, helped: 0, successes: 0, failures: 0 }
}
