import type { ServerAddress } from '../target-server.ts'

/** How long a host is left out after an opening on it failed, ms: one try in a while finds it back. */
const AVOIDED_MS = 30_000

/** One opening's host. */
export interface HostTurn {
  /** `undefined`: the one that the pool's own options name. */
  readonly address: ServerAddress | undefined
  readonly index: number
  readonly round: number
}

/**
 * Which host the next opening dials: the first in their order that is not avoided. Once all are, the
 * round is over, and the next begins with none avoided. Holds names, never what they resolved to.
 */
export class HostRotation {
  readonly #hosts: readonly (ServerAddress | undefined)[]
  readonly #avoidedUntil: number[]
  /** Hosts on which an opening takes its time: the others come first. */
  readonly #slow = new Set<number>()
  #round = 0

  /** Without any host there is one: the pool's own. */
  constructor(hosts: readonly ServerAddress[]) {
    this.#hosts = hosts.length === 0 ? [undefined] : hosts
    this.#avoidedUntil = this.#hosts.map(() => Number.NEGATIVE_INFINITY)
  }

  get size(): number {
    return this.#hosts.length
  }

  next(now: number): HostTurn {
    const left = [...this.#hosts.keys()].filter((index) => !this.#isAvoided(index, now))
    const index = left.find((each) => !this.#slow.has(each)) ?? left[0] ?? 0
    return { address: this.#hosts[index], index, round: this.#round }
  }

  /** The opening takes its time: the next one had better begin elsewhere. */
  dawdles({ index, round }: HostTurn): void {
    if (round === this.#round) this.#slow.add(index)
  }

  opened({ index }: HostTurn): void {
    this.#avoidedUntil[index] = Number.NEGATIVE_INFINITY
    this.#slow.delete(index)
  }

  /**
   * Avoids the host. Returns whether another one is left, so that this failure says nothing of the whole;
   * so it is with one that began in an earlier round, which has been counted.
   */
  failed({ index, round }: HostTurn, now: number): boolean {
    if (this.size === 1) return false
    if (round !== this.#round) return true
    this.#avoidedUntil[index] = now + AVOIDED_MS
    if (this.#hosts.some((_, each) => !this.#isAvoided(each, now))) return true
    this.clear()
    return false
  }

  /** Something changed: whatever was found out about the hosts may not hold any more. */
  clear(): void {
    this.#avoidedUntil.fill(Number.NEGATIVE_INFINITY)
    this.#slow.clear()
    this.#round += 1
  }

  #isAvoided(index: number, now: number): boolean {
    return (this.#avoidedUntil[index] ?? now) > now
  }
}
