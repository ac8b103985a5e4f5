import type { OptionProblem } from '../errors.ts'
import { OptionsError } from '../errors.ts'
import { oneLine, renderValue } from './render-value.ts'

/** Problems listed in one error; more only say that there are more. */
const maxProblems = 50
/** Characters of an expectation, which may name what was registered before. */
const maxExpectedLength = 1_000

/** Collects everything that is wrong with a set of options, so that one error can say it all. */
export class OptionProblems {
  readonly #problems: OptionProblem[] = []
  #left = 0

  /**
   * `option` is the path, as in `recycling.jitterRatio`; `expected` says what would have been
   * accepted, as in `a number from 0 to 0.5`. The value is kept as short text only, secrets not at
   * all; with `hideText` no string is, as where a mistyped name could stand for a secret's.
   */
  add(option: string, value: unknown, expected: string, hideText: boolean = false): void {
    if (this.#problems.length >= maxProblems) {
      this.#left += 1
      return
    }
    const text = renderValue(option, value, hideText)
    const told = oneLine(expected, maxExpectedLength)
    const name = oneLine(option) || "''" // a key may be empty
    this.#problems.push(Object.freeze({ option: name, value: text, expected: told }))
  }

  /** What was added so far, a copy. */
  get all(): readonly OptionProblem[] {
    return [...this.#problems]
  }

  /** @throws {OptionsError} with every problem, if there is any. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw this.#toError()
  }

  /** Adds a last problem. @throws {OptionsError} always, with every problem */
  fail(option: string, value: unknown, expected: string): never {
    this.add(option, value, expected)
    throw this.#toError()
  }

  #toError(): OptionsError {
    if (this.#left === 0) return new OptionsError(this.all)
    const more = { option: '(more)', value: `${this.#left} left out`, expected: 'fewer problems' }
    return new OptionsError([...this.all, more])
  }
}
