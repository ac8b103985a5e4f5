import type { ServerAddress } from '../target-server.ts'

/** How long a host is left out after an opening on it failed, ms: one try in a while finds it back. */
const AVOIDED_MS = 30_000

/** How long a host that takes its time comes after the others, ms. One that answers is not kept waiting for it. */
const SLOW_MS = 10_000

interface Host {
  /** `undefined`: the one that the pool's own options name. */
  readonly address: ServerAddress | undefined
  avoidedUntil: number
  slowUntil: number
}

/** One opening's host. */
export interface HostTurn {
  readonly host: Host
  readonly round: number
}

/**
 * Which host the next opening dials: the first in their order that is neither avoided nor slow. Once there
 * is none, the round is over, and the next begins with none avoided; the slow ones come last. Holds names,
 * never what they resolved to.
 */
export class HostRotation {
  readonly #hosts: readonly Host[]
  #round = 0

  /** Without any address there is one host: the pool's own. */
  constructor(addresses: readonly ServerAddress[]) {
    const all = addresses.length === 0 ? [undefined] : addresses
    const never = Number.NEGATIVE_INFINITY
    this.#hosts = all.map((address) => ({ address, avoidedUntil: never, slowUntil: never }))
  }

  get size(): number {
    return this.#hosts.length
  }

  next(now: number): HostTurn {
    // of those that are slow, the one that was found so first: none waits for ever
    const host = this.#hosts.reduce((best, each) =>
      rank(each, now) < rank(best, now) ? each : best,
    )
    return { host, round: this.#round }
  }

  /** The opening takes its time: the next one had better begin elsewhere. */
  dawdles({ host }: HostTurn, now: number): void {
    host.slowUntil = now + SLOW_MS
  }

  opened({ host }: HostTurn): void {
    host.avoidedUntil = Number.NEGATIVE_INFINITY
    host.slowUntil = Number.NEGATIVE_INFINITY
  }

  /**
   * Avoids the host. Returns whether another one is left, so that this failure says nothing of the whole;
   * so it is with one that began in an earlier round, which has been counted.
   */
  failed({ host, round }: HostTurn, now: number): boolean {
    if (this.size === 1) return false
    if (round !== this.#round) return true
    host.avoidedUntil = now + AVOIDED_MS
    if (this.#hosts.some((each) => rank(each, now) === 0)) return true
    this.#beginRound()
    return false
  }

  /** Something changed: whatever was found out about the hosts may not hold any more. */
  clear(): void {
    for (const host of this.#hosts) host.slowUntil = Number.NEGATIVE_INFINITY
    this.#beginRound()
  }

  #beginRound(): void {
    this.#round += 1
    for (const host of this.#hosts) host.avoidedUntil = Number.NEGATIVE_INFINITY
  }
}

/** 0 for one that may be dialled, the lowest first. */
function rank({ avoidedUntil, slowUntil }: Host, now: number): number {
  return avoidedUntil > now ? Number.POSITIVE_INFINITY : Math.max(0, slowUntil - now)
}
