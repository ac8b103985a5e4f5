import type { Clock } from '@hale/core'
import { CallSite } from './call-site.ts'

/** Of so many leases the call site of one is noted: 6 µs, so 6 ns each. */
const SAMPLE_EVERY = 1_024

/** The first leases are noted all: what leaks at start-up is asked for once. */
const FIRST_LEASES = 32

/** How long every call site is noted after the latest leak, ms. */
const EXACT_FOR_MS = 600_000

/** Which leases have their call sites noted. */
export type CallSiteMode = 'always' | 'sampled' | false

type Entry = (...args: never[]) => unknown

/** Notes call sites: few as long as nothing leaks, every one for ten minutes after a leak. */
export class CallSiteSampling {
  readonly #mode: CallSiteMode
  readonly #clock: Clock
  /** Monotonic ms; `undefined` as long as nothing has leaked. */
  #exactUntil: number | undefined
  #leases = 0

  constructor(mode: CallSiteMode, clock: Clock) {
    this.#mode = mode
    this.#clock = clock
  }

  /** The place that called `entry`, if it is this one's turn. */
  sample(entry: Entry): CallSite | undefined {
    if (this.#mode === false) return undefined
    this.#leases += 1
    const isDue = this.#leases <= FIRST_LEASES || this.#leases % SAMPLE_EVERY === 0
    return isDue ? new CallSite(entry) : this.sampleExactly(entry)
  }

  /** The place that called `entry`, if every one is noted now. */
  sampleExactly(entry: Entry): CallSite | undefined {
    if (this.#mode === 'always') return new CallSite(entry)
    if (this.#exactUntil === undefined) return undefined
    return this.#clock.now() < this.#exactUntil ? new CallSite(entry) : undefined
  }

  /** Something leaked: where the next one was leased is to be known. */
  escalate(): void {
    if (this.#mode === 'sampled') this.#exactUntil = this.#clock.now() + EXACT_FOR_MS
  }
}
