export type HealthErrorCode =
  | 'HALE_ACQUIRE_TIMEOUT'
  | 'HALE_POOL_CLOSED'
  | 'HALE_SERVER_UNAVAILABLE'
  | 'HALE_COMMIT_UNKNOWN'
  | 'HALE_CONNECTION_LOST'
  | 'HALE_OPTIONS'
  | 'HALE_TRANSACTION_ABORTED'
  | 'HALE_UNSUPPORTED'

/**
 * Base of every error that Hale itself throws. Errors from PostgreSQL and from pg pass through
 * untouched.
 */
export abstract class HealthError extends Error {
  /**
   * The contract: match on this, not on the message. SQLSTATEs have five characters and cannot
   * collide.
   */
  abstract readonly code: HealthErrorCode
}

/**
 * One thing that is wrong with the options: `option` is the path, as in `recycling.jitterRatio`.
 */
export interface OptionProblem {
  readonly option: string
  /** The value as text, shortened; never a secret. */
  readonly value: string
  /** What would have been accepted. */
  readonly expected: string
}

/** The options cannot be used; says every problem at once. */
export class OptionsError extends HealthError {
  override readonly name = 'OptionsError'
  readonly code = 'HALE_OPTIONS'
  readonly problems: readonly OptionProblem[]
  constructor(problems: readonly OptionProblem[]) {
    const lines = problems.map(
      ({ option, value, expected }) => `${option}: expected ${expected}, got ${value}`,
    )
    super(`invalid options: ${lines.join('; ')}`)
    this.problems = problems
  }
}

/** A state that cannot be: a defect of Hale itself, worth a report. */
export class BugError extends Error {
  override readonly name = 'BugError'
  constructor(message: string) {
    super(`bug: ${message}`)
  }
}
