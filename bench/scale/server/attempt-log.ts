/** What came of an attempt to connect. */
export type AttemptOutcome = 'refused' | 'starting' | 'tooMany' | 'abandoned' | 'loggedIn'

/** Counts attempts to connect, over time and by what came of them. */
export class AttemptLog {
  readonly sliceMs: number
  /** Attempts begun in each slice of time. */
  readonly dialledBySlice: number[] = []
  /** Logins that succeeded in each slice. */
  readonly loggedInBySlice: number[] = []
  readonly outcomes: Record<AttemptOutcome, number> = {
    refused: 0,
    starting: 0,
    tooMany: 0,
    abandoned: 0,
    loggedIn: 0,
  }

  constructor(sliceMs: number) {
    this.sliceMs = sliceMs
  }

  dialled(now: number): void {
    count(this.dialledBySlice, Math.floor(now / this.sliceMs))
  }

  ended(outcome: AttemptOutcome, now: number): void {
    this.outcomes[outcome] += 1
    if (outcome === 'loggedIn') count(this.loggedInBySlice, Math.floor(now / this.sliceMs))
  }
}

function count(slices: number[], index: number): void {
  while (slices.length <= index) slices.push(0)
  slices[index] = (slices[index] as number) + 1
}
