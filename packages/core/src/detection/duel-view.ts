/**
 * What the duels of one connection came to, for assessments and people. A suspicion is a share of
 * what would make the connection a suspect of that channel: 1 and above is a suspect.
 */
export interface DuelView {
  /** Duels fought so far; a connection on probation has none. */
  readonly duels: number
  /**
   * Mean score of about the latest 64 duels: 0 is like the others, above 0 is slower; in standard
   * deviations of a single duel. `undefined` below 16 duels.
   */
  readonly meanScore: number | undefined
  /** Slower than the others, run by run. */
  readonly shiftSuspicion: number
  /** Rare stalls that the others do not have. */
  readonly tailSuspicion: number
  /** Connection-scoped faults that the others do not have. */
  readonly errorSuspicion: number
  /** Whether a confirmation is asking this connection right now. */
  readonly isBeingConfirmed: boolean
}

/** The view of a connection that nothing is known of. */
export const noDuels: DuelView = Object.freeze({
  duels: 0,
  meanScore: undefined,
  shiftSuspicion: 0,
  tailSuspicion: 0,
  errorSuspicion: 0,
  isBeingConfirmed: false,
})
