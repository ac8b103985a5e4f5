import type { LeakDetectionOptions } from '../pool-policy.ts'
import type { CallSiteSampling } from './call-site-sampling.ts'
import type { Connection } from './connection.ts'

export interface LeakWatchPorts {
  readonly leakDetection: Readonly<Required<LeakDetectionOptions>>
  readonly callSites: CallSiteSampling
  /** Every connection that takes a slot. */
  connections(): Iterable<Connection>
  /** Ends the lease under its holder. */
  reclaim(connection: Connection): void
}

/** Finds leases that were forgotten: has the next ones noted exactly and, if that is wanted, takes these back. */
export class LeakWatch {
  readonly #ports: LeakWatchPorts

  constructor(ports: LeakWatchPorts) {
    this.#ports = ports
  }

  pass(now: number): void {
    const { leakDetection, callSites, connections, reclaim } = this.#ports
    for (const connection of [...connections()]) {
      if (!connection.hasLeaked(leakDetection.afterMs, now)) continue
      callSites.escalate()
      if (leakDetection.reclaim) reclaim(connection)
    }
  }
}
