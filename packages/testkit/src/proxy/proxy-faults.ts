import type { FaultLink } from './fault-link.ts'
import {
  type AllLinkFaults,
  assertByteCount,
  createInitialFaults,
  type Direction,
  eachWay,
  type InitialFaults,
  type LinkFaults,
  stallsEachWay,
  toRate,
} from './link-faults.ts'

/** Passes each fault to the present links and keeps it for the future ones. */
export class ProxyFaults implements AllLinkFaults {
  // `initial` holds what a new link starts with. `reset` and `halfClose` are not kept: they are
  // single acts, of which a new link knows nothing.
  readonly initial: InitialFaults = createInitialFaults()
  isRefusing = false
  readonly #links: () => readonly FaultLink[]

  constructor(links: () => readonly FaultLink[]) {
    this.#links = links
  }

  delay(ms: number, options: { readonly jitterMs?: number } = {}): void {
    Object.assign(this.initial, eachWay(ms, options))
    this.#each((link) => link.delay(ms, options))
  }

  stall(ratio: number, ms: number): void {
    Object.assign(this.initial, stallsEachWay(ratio, ms))
    this.#each((link) => link.stall(ratio, ms))
  }

  freeze(): void {
    this.initial.isFrozen = true
    this.#each((link) => link.freeze())
  }

  thaw(): void {
    this.initial.isFrozen = false
    this.#each((link) => link.thaw())
  }

  reset(): void {
    this.#each((link) => link.reset())
  }

  halfClose(): void {
    this.#each((link) => link.halfClose())
  }

  throttle(bytesPerSecond: number | false): void {
    this.initial.bytesPerSecond = toRate(bytesPerSecond)
    this.#each((link) => link.throttle(bytesPerSecond))
  }

  dropAfter(
    bytes: number,
    direction: Direction = 'down',
    action: 'reset' | 'freeze' = 'reset',
  ): void {
    assertByteCount(bytes)
    this.initial.drop = { bytes, direction, action }
    this.#each((link) => link.dropAfter(bytes, direction, action))
  }

  refuse(on = true): void {
    this.isRefusing = on
  }

  restore(): void {
    Object.assign(this.initial, createInitialFaults())
    this.isRefusing = false
    this.#each((link) => link.restore())
  }

  #each(act: (link: LinkFaults) => void): void {
    for (const link of this.#links()) act(link)
  }
}
