/** The pool's connections by what they are doing, and who waits for one. */
export interface PoolCounts {
  readonly max: number
  /** Connections that take a slot: all of the below but `closing`. */
  readonly total: number
  readonly opening: number
  readonly idle: number
  readonly leased: number
  readonly probing: number
  readonly cleaning: number
  readonly closing: number
  readonly waiting: number
}
