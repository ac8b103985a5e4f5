/** Why a sound connection ends: planned, so it waits for its replacement. */
export type RetireCause =
  | 'lifetime'
  | 'uses'
  | 'idle'
  | 'memory' // its backend holds more memory than it may
  | 'surplus' // opened to replace another, which turned out to be sound
  | 'operator'
  | 'pool-closed'

/** Why a faulty connection ends. */
export type EvictCause =
  | 'lost' // its socket or its backend is gone
  | 'unresponsive' // an empty query got no answer in time
  | 'latency' // slower than its peers
  | 'stalls' // stalls now and then, as its peers do not
  | 'ageing' // slower than fresh connections, as old ones are
  | 'faults' // connection-scoped faults
  | 'role' // it reaches a server of the wrong role
  | 'plan' // its cached plans are stale
  | 'busy' // still running a statement at release, and cancelling did not end it
  | 'transaction' // left in a transaction that would not roll back
  | 'dirty' // the state that its holder left in the session could not be reset
  | 'leaked' // reclaimed from a holder who most likely forgot it
  | 'released-with-error' // the holder asked for it, as pg-pool allows
  | 'hook' // a hook of the application failed on it
  | 'operator' // an operator condemned it

/** The one reason for which a connection was recycled. */
export type RecycleCause = RetireCause | EvictCause
