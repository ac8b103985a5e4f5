/** The way to the server, or the way to the client. */
export type Direction = 'up' | 'down'

/** What can be done to a link. Each call replaces an earlier call of the same method. */
export interface LinkFaults {
  /** Adds `ms` to each round trip, half of it each way, and up to `jitterMs` more. Connecting itself is not delayed. */
  delay(ms: number, options?: { readonly jitterMs?: number }): void
  /** Adds `ms` to a share of the round trips, drawn at random, 0..1: a link that stalls now and then. */
  stall(ratio: number, ms: number): void
  /** Passes nothing any more, either way: no byte, no FIN, no RST. What arrives waits for `thaw`. */
  freeze(): void
  /** Ends `freeze`: all that has waited passes, ends of connections included. */
  thaw(): void
  /** Resets both connections at once; what waits is lost. The client gets ECONNRESET. */
  reset(): void
  /** Sends FIN to the client behind what is on its way, while client to server stays open. */
  halfClose(): void
  /** Passes at most that many bytes per second each way; `false` for no limit. */
  throttle(bytesPerSecond: number | false): void
  /** Passes `bytes` more in `direction` (default down), exactly, and then resets (the default) or freezes. */
  dropAfter(bytes: number, direction?: Direction, action?: 'reset' | 'freeze'): void
  /** Clears all of these; what was reset or half-closed stays so. */
  restore(): void
}

/** Faults of every link of a proxy: the present ones, and each new one from its start. */
export interface AllLinkFaults extends LinkFaults {
  /** New connections are accepted and reset at once. See `FaultProxy.refuse` for ECONNREFUSED. */
  refuse(on?: boolean): void
}

/** The faults that a new link starts with. */
export interface InitialFaults {
  delayMs: number
  jitterMs: number
  stallRatio: number
  stallMs: number
  isFrozen: boolean
  bytesPerSecond: number | undefined
  drop:
    | { readonly bytes: number; readonly direction: Direction; readonly action: 'reset' | 'freeze' }
    | undefined
}

/** No faults. */
export function createInitialFaults(): InitialFaults {
  return {
    delayMs: 0,
    jitterMs: 0,
    stallRatio: 0,
    stallMs: 0,
    isFrozen: false,
    bytesPerSecond: undefined,
    drop: undefined,
  }
}

/** One direction's half of the arguments of `delay`. */
export function eachWay(
  ms: number,
  options: { readonly jitterMs?: number },
): Pick<InitialFaults, 'delayMs' | 'jitterMs'> {
  const { jitterMs = 0 } = options
  assertAtLeast(0, 'ms', ms)
  assertAtLeast(0, 'jitterMs', jitterMs)
  return { delayMs: ms / 2, jitterMs: jitterMs / 2 }
}

/** One direction's half of the arguments of `stall`: either way may stall a round trip. */
export function stallsEachWay(
  ratio: number,
  ms: number,
): Pick<InitialFaults, 'stallRatio' | 'stallMs'> {
  assertAtLeast(0, 'ratio', ratio)
  if (ratio > 1) throw new RangeError(`expected \`ratio\` to be at most 1, got ${ratio}`)
  assertAtLeast(0, 'ms', ms)
  return { stallRatio: 1 - Math.sqrt(1 - ratio), stallMs: ms }
}

/** The argument of `throttle`, `undefined` for no limit. */
export function toRate(bytesPerSecond: number | false): number | undefined {
  if (bytesPerSecond === false) return undefined
  assertAtLeast(1, 'bytesPerSecond', bytesPerSecond)
  return bytesPerSecond
}

/** Checks the first argument of `dropAfter`. */
export function assertByteCount(bytes: number): void {
  assertAtLeast(0, 'bytes', bytes)
}

function assertAtLeast(minimum: number, name: string, value: number): void {
  if (Number.isFinite(value) && value >= minimum) return
  throw new RangeError(
    `expected \`${name}\` to be a finite number of at least ${minimum}, got ${value}`,
  )
}
