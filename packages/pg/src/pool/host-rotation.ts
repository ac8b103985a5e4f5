import type { ServerAddress } from '../target-server.ts'

/** How long a host is left out after an opening on it failed, ms: one try in a while finds it back. */
const AVOIDED_MS = 30_000

interface Host {
  /** `undefined`: the one that the pool's own options name. */
  readonly address: ServerAddress | undefined
  avoidedUntil: number
  /** An opening on it takes its time: the others come first. */
  isSlow: boolean
}

/** One opening's host. */
export interface HostTurn {
  readonly host: Host
  readonly round: number
}

/**
 * Which host the next opening dials: the first in their order that is not avoided. Once all are, the
 * round is over, and the next begins with none avoided. Holds names, never what they resolved to.
 */
export class HostRotation {
  readonly #hosts: readonly Host[]
  #round = 0

  /** Without any address there is one host: the pool's own. */
  constructor(addresses: readonly ServerAddress[]) {
    const all = addresses.length === 0 ? [undefined] : addresses
    const avoidedUntil = Number.NEGATIVE_INFINITY
    this.#hosts = all.map((address) => ({ address, avoidedUntil, isSlow: false }))
  }

  get size(): number {
    return this.#hosts.length
  }

  next(now: number): HostTurn {
    const rank = (host: Host): number => (isAvoided(host, now) ? 2 : Number(host.isSlow))
    const host = this.#hosts.reduce((best, each) => (rank(each) < rank(best) ? each : best))
    return { host, round: this.#round }
  }

  /** The opening takes its time: the next one had better begin elsewhere. */
  dawdles({ host, round }: HostTurn): void {
    if (round === this.#round) host.isSlow = true
  }

  opened({ host }: HostTurn): void {
    host.avoidedUntil = Number.NEGATIVE_INFINITY
    host.isSlow = false
  }

  /**
   * Avoids the host. Returns whether another one is left, so that this failure says nothing of the whole;
   * so it is with one that began in an earlier round, which has been counted.
   */
  failed({ host, round }: HostTurn, now: number): boolean {
    if (this.size === 1) return false
    if (round !== this.#round) return true
    host.avoidedUntil = now + AVOIDED_MS
    if (this.#hosts.some((each) => !isAvoided(each, now))) return true
    this.clear()
    return false
  }

  /** Something changed: whatever was found out about the hosts may not hold any more. */
  clear(): void {
    this.#round += 1
    for (const host of this.#hosts) {
      host.avoidedUntil = Number.NEGATIVE_INFINITY
      host.isSlow = false
    }
  }
}

function isAvoided({ avoidedUntil }: Host, now: number): boolean {
  return avoidedUntil > now
}
