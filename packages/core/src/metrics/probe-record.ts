import type { ProbeKind } from './probe-kind.ts'
import { ProbeRing } from './probe-ring.ts'
import { isQuantity } from './quantity.ts'

/** Round trips that are older say nothing about the path as it is now. */
const memoryMs = 60_000
/** Fewest probe round trips that count as evidence. */
export const minProbes = 3

/** What probes found; a figure rests on the latest 5 round trips of the last minute, at least 3. */
export interface ProbeSnapshot {
  /** Smallest and median round trip of an empty query. */
  readonly probeFloorMs: number | undefined
  readonly probeMedianMs: number | undefined
  /** The same for the probe that makes the backend compute. */
  readonly backendProbeFloorMs: number | undefined
  readonly backendProbeMedianMs: number | undefined
  /** Probes of either kind that were answered, and that were not. */
  readonly probesTotal: number
  readonly probeTimeoutsTotal: number
}

/** The probes of one connection. */
export class ProbeRecord {
  readonly #network: ProbeRing = new ProbeRing(minProbes)
  /** Made by the first such probe: only a confirmation sends them. */
  #backend: ProbeRing | undefined
  #answered = 0
  #timeouts = 0
  #endedAt: number | undefined

  /** Probes that were answered. */
  get answered(): number {
    return this.#answered
  }

  /** When the latest probe ended, answered or not; `undefined` before the first. */
  get endedAt(): number | undefined {
    return this.#endedAt
  }

  recordAnswer(kind: ProbeKind, rttMs: number, now: number): void {
    if (!isQuantity(rttMs)) return
    this.#answered += 1
    const at = this.#end(now)
    if (kind === 'network') {
      this.#network.add(rttMs, at)
    } else {
      this.#backend ??= new ProbeRing(minProbes)
      this.#backend.add(rttMs, at)
    }
  }

  recordTimeout(now: number): void {
    this.#timeouts += 1
    this.#end(now)
  }

  floorMs(now: number): number | undefined {
    return this.#network.floorMs(now - memoryMs)
  }

  snapshot(now: number): ProbeSnapshot {
    const since = now - memoryMs
    return {
      probeFloorMs: this.#network.floorMs(since),
      probeMedianMs: this.#network.medianMs(since),
      backendProbeFloorMs: this.#backend?.floorMs(since),
      backendProbeMedianMs: this.#backend?.medianMs(since),
      probesTotal: this.#answered,
      probeTimeoutsTotal: this.#timeouts,
    }
  }

  /** Gives back the instant that counts. */
  #end(now: number): number {
    const latest = this.#endedAt ?? Number.NEGATIVE_INFINITY
    const at = Number.isFinite(now) && now >= latest ? now : latest
    this.#endedAt = at
    return at
  }
}
