/**
 * What the channels remember of one connection: plain numbers, each written by the channel that it
 * is named after, so that recording a run allocates nothing. About 300 bytes.
 */
export class DuelRecord {
  /** Whose runs these are, as the rings know it. */
  connectionId = 0
  /** Runs seen, those on probation included. */
  runs = 0
  /** Runs that met enough runs of other connections to be ranked. */
  duels = 0
  /** Mean of about the latest 64 scores. */
  meanScore = 0

  /** CUSUM of the scores. */
  shift = 0
  /** What `shift` was when the present lease began. */
  shiftAtLease = 0
  /** What a dismissed suspicion multiplies the limit by, and when it was last raised. */
  caution = 1
  cautionAt = 0
  /** The block of scores that the long-run variance is estimated from. */
  blockSum = 0
  blockSize = 0

  /** CUSUM of stalls that count. */
  tail = 0
  stalls = 0
  /** The same stalls, shared ones included, and the runs they are among; both fade with the pool's. */
  recentStalls = 0
  recentRuns = 0
  /** A stall that waits whether others stall at the same time; weight 0 for none. */
  pendingStallAt = 0
  pendingStallWeight = 0
  hasStalledInLease = false
  latestStalledSlot = -1

  /** CUSUM of faults against the connection. */
  errors = 0

  /** When the statement was sent that liveness asks about, and when to ask again. */
  askedSince = 0
  askAgainAt = 0
  /** Bytes received when the server first said that it waits for us; `-1` for not said. */
  receivedWhenIdle = -1

  /** The doubtful side of a pair of probes, which is no evidence for the duels. */
  isBeingConfirmed = false
  /** The sound side of such a pair: nothing is held against it. */
  isReference = false
  /** Not before this instant is it asked again. */
  confirmAgainAt = 0
}
