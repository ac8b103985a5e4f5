/** A statement in the words of whoever built it. */
export interface Operation {
  /** What it does, as in `select`; one of a few dozen words at most. */
  readonly kind: string
  /** What its builder calls it, in a log for example. */
  readonly queryId: string
}

/** Reads operations off a query builder's own values, so that nothing is made of what nobody asks for. */
export interface OperationReader {
  kindOf(source: object): string
  queryIdOf(source: object): string
}

/**
 * What one connection runs, or ran last, as far as it was announced. Values are kept by reference, and
 * only until the next statement or `forget`.
 */
export class OperationRecord {
  #reader: OperationReader | undefined
  #announced: object | undefined
  #latest: object | undefined

  /** Whoever announces says how its values are read. */
  readWith(reader: OperationReader): void {
    this.#reader = reader
  }

  /** Names the statement that is submitted next. */
  announce(source: object): void {
    this.#announced = source
  }

  /** A statement was submitted, announced or not. */
  submitted(): void {
    this.#latest = this.#announced
    this.#announced = undefined
  }

  forget(): void {
    this.#latest = undefined
    this.#announced = undefined
  }

  /** `undefined` for a statement that nobody announced. */
  get kind(): string | undefined {
    return this.#latest === undefined ? undefined : this.#reader?.kindOf(this.#latest)
  }

  get latest(): Operation | undefined {
    const { kind } = this
    if (kind === undefined || this.#latest === undefined || this.#reader === undefined)
      return undefined
    return { kind, queryId: this.#reader.queryIdOf(this.#latest) }
  }
}
