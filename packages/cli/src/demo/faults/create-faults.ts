import type { HealthAwarePool } from '@hale/pg'
import type { AdminSession } from '../admin-session.ts'
import type { WireProxy } from '../proxy/wire-proxy.ts'
import { type Fault, FaultRefusedError } from './fault.ts'
import { type HolderStatements, holderFaults } from './holder-faults.ts'
import { Holders } from './holders.ts'
import { PoolLinks } from './pool-links.ts'
import { serverFaults } from './server-faults.ts'
import { wireFaults } from './wire-faults.ts'

/** What faults need to be done. */
export interface FaultParts {
  /** Pools that have not opened a connection yet, all of them through `proxy`. */
  readonly pools: Readonly<Record<string, HealthAwarePool>>
  readonly proxy: WireProxy
  readonly admin: AdminSession
  readonly statements: HolderStatements
  /** Restarts the server, where that can be done. */
  readonly restart?: (() => Promise<void>) | undefined
}

/** The faults, and the end of them. */
export interface Faults {
  readonly all: readonly Fault[]
  /** Ends whatever lasts: slow and silent links, and transactions that are held open. */
  putRight(): Promise<void>
}

/** Every fault that can be done with `parts`. To be made in the same turn as the pools. */
export function createFaults(parts: FaultParts): Faults {
  const { pools, proxy, admin, statements, restart } = parts
  const links = new Map(
    Object.entries(pools).map(([name, pool]) => [name, new PoolLinks(proxy, pool)]),
  )
  const linksOf = (name: string): PoolLinks => {
    const found = links.get(name)
    if (found === undefined) throw new FaultRefusedError('There is no such pool.')
    return found
  }
  const holders = new Holders()
  return {
    all: [
      ...serverFaults(admin, linksOf, restart),
      ...wireFaults(proxy, linksOf),
      ...holderFaults(holders, statements),
    ],
    async putRight() {
      proxy.restore()
      await holders.releaseAll()
    },
  }
}
