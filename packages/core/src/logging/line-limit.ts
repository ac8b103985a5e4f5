const windowMs = 60_000

/** The lines of one kind since its minute began. */
interface Minute {
  since: number
  passed: number
  heldBack: number
}

/** How many lines of each kind pass in a minute, by the time that the events themselves tell. */
export class LineLimit {
  readonly #linesPerMinute: number
  /** As many as there are kinds. */
  readonly #minutes = new Map<string, Minute>()

  constructor(linesPerMinute: number | false) {
    this.#linesPerMinute = linesPerMinute === false ? Number.POSITIVE_INFINITY : linesPerMinute
  }

  /**
   * How many lines of this kind were held back since the last that passed, for one that passes; `undefined`
   * for one that is held back itself. `at` in monotonic ms.
   */
  admit(kind: string, at: number): number | undefined {
    const minute = this.#minuteOf(kind, at)
    if (minute.passed >= this.#linesPerMinute) {
      minute.heldBack += 1
      return undefined
    }
    const { heldBack } = minute
    minute.passed += 1
    minute.heldBack = 0
    return heldBack
  }

  #minuteOf(kind: string, at: number): Minute {
    const known = this.#minutes.get(kind)
    if (known !== undefined && at - known.since < windowMs) return known
    const next = { since: at, passed: 0, heldBack: known?.heldBack ?? 0 }
    this.#minutes.set(kind, next)
    return next
  }
}
