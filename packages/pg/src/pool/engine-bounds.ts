/** How long one opening may take, ms; the acquire deadline shortens it. Two SYN retransmissions fit. */
export const OPENING_TIMEOUT_MS = 10_000

/**
 * How long waiters count on one opening, ms. Another may begin after that: a handshake takes three or four
 * round trips, and a server that wakes up first is still given its time.
 */
export const OPENING_HEDGE_MS = 1_000

/**
 * How long the holder of a lost connection may keep its slot, ms. A holder that hears of the loss gives it
 * back at once; one that waits for an answer which never comes would keep it for good.
 */
export const RECLAIM_MS = 5_000

/** Share of the probe's bound after which a waiter stops counting on the connection being verified. */
export const HEDGE_RATIO = 0.25
