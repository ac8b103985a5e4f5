/**
 * What the checker holds a pool to.
 *
 * - `lost-write`: acknowledged, and not there
 * - `doubled-write`: there more than once
 * - `undone-write`: told to have left nothing behind, and there
 * - `torn-transaction`: some of a transaction is there, and some is not
 * - `stray-write`: there, and sent by no caller
 * - `balance`: an account holds something else than the transfers that are there have moved
 * - `lease-overlap`: a connection had two holders at a time
 * - `dirty-lease`: lent inside a transaction, or while a statement still ran
 * - `sent-twice`: one statement, or one COMMIT, seen twice on the wire
 * - `wrong-answer`: a caller got the answer to another's statement
 * - `late-waiter`: not told by its deadline, or never
 * - `stuck-caller`: an operation that never came to its end
 * - `above-max`: more connections than `max` and the overlap
 * - `leaked-slot`: the pool was not empty when nobody used it any more, or did not end
 * - `unexpected-error`: a call failed that never fails, a release for example
 */
export type Rule =
  | 'lost-write'
  | 'doubled-write'
  | 'undone-write'
  | 'torn-transaction'
  | 'stray-write'
  | 'balance'
  | 'lease-overlap'
  | 'dirty-lease'
  | 'sent-twice'
  | 'wrong-answer'
  | 'late-waiter'
  | 'stuck-caller'
  | 'above-max'
  | 'leaked-slot'
  | 'unexpected-error'

/** A rule that was broken, and by what that shows. */
export interface Violation {
  readonly rule: Rule
  readonly evidence: string
}
