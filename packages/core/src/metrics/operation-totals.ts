/** Kinds that are told apart; whatever comes later counts as `other`. */
const maxKinds = 64

/** What was run of one kind; counts since the pool began, so that they only grow. */
export interface OperationCounts {
  readonly runsTotal: number
  /** Runs that ended with an error. */
  readonly failuresTotal: number
  readonly runMsTotal: number
}

type Counts = { -readonly [Key in keyof OperationCounts]: OperationCounts[Key] }

/** Statements by kind, of all connections together, as far as an adapter announces them. */
export class OperationTotals {
  readonly #byKind = new Map<string, Counts>()

  /** The hot path of whoever announces. */
  record(kind: string, durationMs: number, failed: boolean): void {
    const counts = this.#byKind.get(kind) ?? this.#add(kind)
    counts.runsTotal += 1
    counts.runMsTotal += durationMs
    if (failed) counts.failuresTotal += 1
  }

  #add(kind: string): Counts {
    const name = this.#byKind.size < maxKinds ? kind : 'other'
    const counts = this.#byKind.get(name) ?? { runsTotal: 0, failuresTotal: 0, runMsTotal: 0 }
    this.#byKind.set(name, counts)
    return counts
  }

  /** A copy as plain JSON, by kind. */
  snapshot(): Readonly<Record<string, OperationCounts>> {
    const copies = [...this.#byKind].map(([kind, counts]) => [kind, { ...counts }] as const)
    return Object.fromEntries(copies)
  }
}
