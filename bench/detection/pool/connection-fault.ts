/** What is wrong with one connection: its link, its backend or its session. */
export interface ConnectionFault {
  /** Added to every round trip. */
  readonly linkMs: number
  /** What it makes of the backend's time. */
  readonly factor: number
  /** How much `factor` grows with each statement. */
  readonly growthPerStatement: number
  /** Share of statements that fail for reasons of the connection, which survives. */
  readonly errorRatio: number
  /** Share of statements that take `stallMs` longer. */
  readonly stallRatio: number
  readonly stallMs: number
  /** Nothing is answered any more, and nothing says so. */
  readonly isBlackHole: boolean
}

/** A degradation does not go on for ever: from here on the operating system swaps all there is. */
const largestGrowth = 20

export const soundConnection: ConnectionFault = Object.freeze({
  linkMs: 0,
  factor: 1,
  growthPerStatement: 0,
  errorRatio: 0,
  stallRatio: 0,
  stallMs: 0,
  isBlackHole: false,
})

export function faultOf(fault: Partial<ConnectionFault>): ConnectionFault {
  return Object.freeze({ ...soundConnection, ...fault })
}

/** What a fault makes of the backend's time after `statements` since it began. */
export function backendFactor(fault: ConnectionFault, statements: number): number {
  return fault.factor + Math.min(largestGrowth, fault.growthPerStatement * statements)
}
