import type { FaultKind } from '../faults/fault.ts'
import { type DurationCounts, DurationHistogram } from './duration-histogram.ts'

/** How long what a pool does has taken, as plain JSON. */
export interface PoolDurationsSnapshot {
  /** From asking for a connection to having one; those that got one at once count as 0 ms. */
  readonly waits: DurationCounts
  /** From getting a connection to giving it back. */
  readonly leases: DurationCounts
  /** Opening connections, those only that came to be. */
  readonly openings: DurationCounts
  /** Round trips of empty queries with which the watcher probed, those only that were answered. */
  readonly probes: DurationCounts
  /** Statements that succeeded, from submission to ReadyForQuery. */
  readonly statements: DurationCounts
  /** Those that the server answered with an error, by what it was. One that got no answer is in neither. */
  readonly failures: Readonly<Partial<Record<FaultKind, DurationCounts>>>
}

/** How long what a pool does has taken since it began, for exporters. Memory is bounded. */
export class PoolDurations {
  readonly waits: DurationHistogram = new DurationHistogram()
  readonly leases: DurationHistogram = new DurationHistogram()
  readonly openings: DurationHistogram = new DurationHistogram()
  readonly probes: DurationHistogram = new DurationHistogram()
  readonly statements: DurationHistogram = new DurationHistogram()
  readonly #failures = new Map<FaultKind, DurationHistogram>()

  recordFailure(kind: FaultKind, durationMs: number): void {
    let histogram = this.#failures.get(kind)
    if (histogram === undefined) {
      histogram = new DurationHistogram()
      this.#failures.set(kind, histogram)
    }
    histogram.record(durationMs)
  }

  /** A copy, as plain JSON. */
  snapshot(): PoolDurationsSnapshot {
    const failures = [...this.#failures].map(([kind, each]) => [kind, each.snapshot()] as const)
    return {
      waits: this.waits.snapshot(),
      leases: this.leases.snapshot(),
      openings: this.openings.snapshot(),
      probes: this.probes.snapshot(),
      statements: this.statements.snapshot(),
      failures: Object.fromEntries(failures),
    }
  }
}
