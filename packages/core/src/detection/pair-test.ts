import type { ProbeKind } from '../metrics/probe-kind.ts'

/** A round trip up to `ratio` times the reference's plus `marginMs` is as good as the reference's. */
export interface PairRule {
  readonly ratio: number
  readonly marginMs: number
}

/**
 * Bounds of a sequential rank test (Mann–Whitney), in standard deviations of what chance alone would
 * do. Confirming takes 8 pairs at least, by which time all of the suspect's round trips were longer
 * than all of the reference's: 1 in 12,870 by chance. Dismissing takes 4, and gets easier with every
 * further pair, because a suspect worth replacing would have shown by then.
 */
const confirmAt = 3.3
const minPairs = 4
const dismissRise = 1 / 12
/** Pairs of both kinds after which the test ends undecided. */
const mostPairs = 80

/** What a decided test rests on; medians over the pairs of the kind that decided. */
export interface PairEvidence {
  readonly probe: ProbeKind
  readonly suspectMs: number
  readonly referenceMs: number
  readonly pairs: number
  /** Pairs in which the suspect took longer than the rule allows. */
  readonly lost: number
}

class RankTest {
  readonly suspectMs: number[] = []
  readonly referenceMs: number[] = []
  readonly #allowedMs: number[] = []
  lost = 0
  /** How often a round trip of the suspect is longer than one of the reference allows, ties half. */
  #longer = 0
  /** The first pair only warms caches and timers up. */
  #isWarm = false

  add(suspectMs: number, referenceMs: number, { ratio, marginMs }: PairRule): void {
    if (!this.#isWarm) {
      this.#isWarm = true
      return
    }
    const allowedMs = ratio * referenceMs + marginMs
    for (const earlier of this.#allowedMs) this.#longer += isLonger(suspectMs, earlier)
    for (const earlier of this.suspectMs) this.#longer += isLonger(earlier, allowedMs)
    this.#longer += isLonger(suspectMs, allowedMs)
    if (suspectMs > allowedMs) this.lost += 1
    this.suspectMs.push(suspectMs)
    this.referenceMs.push(referenceMs)
    this.#allowedMs.push(allowedMs)
  }

  get pairs(): number {
    return this.suspectMs.length
  }

  /** Standard score: 0 when the suspect is as good as allowed; `NaN` without pairs. */
  get score(): number {
    const { pairs } = this
    const expected = (pairs * pairs) / 2
    return (this.#longer - expected) / Math.sqrt((pairs * pairs * (2 * pairs + 1)) / 12)
  }

  get isConfirmed(): boolean {
    return this.score >= confirmAt
  }

  get isDismissed(): boolean {
    return this.pairs >= minPairs && this.score < (this.pairs - minPairs) * dismissRise
  }
}

/**
 * Whether a suspect is slower than a reference that answers the same probes at the same time, of
 * two kinds: either kind condemns, both together dismiss. All of its round trips are ranked among
 * all of the reference's, because both share a machine, where single pairs are decided by chance.
 */
export class PairTest {
  readonly #rule: PairRule
  readonly #tests: Readonly<Record<ProbeKind, RankTest>> = {
    network: new RankTest(),
    backend: new RankTest(),
  }
  #asked = 0

  constructor(rule: PairRule) {
    this.#rule = rule
  }

  /** What to ask next: the kinds in turn, save one that is dismissed already. */
  get nextKind(): ProbeKind {
    const { network, backend } = this.#tests
    if (network.isDismissed) return 'backend'
    if (backend.isDismissed) return 'network'
    return this.#asked % 2 === 0 ? 'network' : 'backend'
  }

  /** Who is asked first, in turn: the first one is at a small advantage. */
  get suspectFirst(): boolean {
    return this.#asked % 4 < 2
  }

  /** Takes in a pair. A suspect that gave no answer loses; a reference without one says nothing. */
  add(kind: ProbeKind, suspectMs: number | undefined, referenceMs: number | undefined): void {
    this.#asked += 1
    if (referenceMs === undefined) return
    this.#tests[kind].add(suspectMs ?? Number.POSITIVE_INFINITY, referenceMs, this.#rule)
  }

  get verdict(): 'open' | 'confirmed' | 'dismissed' | 'undecided' {
    const { network, backend } = this.#tests
    if (network.isConfirmed || backend.isConfirmed) return 'confirmed'
    if (network.isDismissed && backend.isDismissed) return 'dismissed'
    return this.#asked < mostPairs ? 'open' : 'undecided'
  }

  get evidence(): PairEvidence {
    const { network, backend } = this.#tests
    const isNetwork = backend.pairs === 0 || network.score >= backend.score
    const { suspectMs, referenceMs, pairs, lost } = isNetwork ? network : backend
    return {
      probe: isNetwork ? 'network' : 'backend',
      suspectMs: median(suspectMs),
      referenceMs: median(referenceMs),
      pairs,
      lost,
    }
  }
}

function isLonger(suspectMs: number, allowedMs: number): number {
  if (suspectMs > allowedMs) return 1
  return suspectMs === allowedMs ? 0.5 : 0
}

/** Over the answers that came. */
function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
