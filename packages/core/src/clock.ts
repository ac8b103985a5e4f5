/** Where time comes from: core never reads a clock of its own. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin; never goes back. */
  now(): number
}
