import type { HealthAwarePool } from '../../src/index.ts'
import { managerDefaults, type ReplicaPolicy } from '../../src/manager/manager-options.ts'
import type { PoolRole } from '../../src/manager/placement.ts'
import { type Member, PoolGroup } from '../../src/manager/pool-group.ts'

/** What a test says of a pool that is not there. */
export type FakeVitals = { -readonly [Name in keyof Member['vitals']]: Member['vitals'][Name] }

/** A group of pools of which only the vitals exist. */
export interface GroupWorld {
  readonly group: PoolGroup
  seat(name: string, role: PoolRole, vitals?: Partial<FakeVitals>): FakeVitals
  /** The names of `count` choices in a row. */
  replicas(count?: number): readonly (string | undefined)[]
  primary(): string | undefined
  remove(name: string): void
}

export function createGroupWorld(policy: Partial<ReplicaPolicy> = {}): GroupWorld {
  const group = new PoolGroup('default', { ...managerDefaults, ...policy })
  const pools = new Map<string, HealthAwarePool>()
  return {
    group,
    seat(name, role, vitals = {}) {
      const pool = {} as HealthAwarePool
      pools.set(name, pool)
      const fake: FakeVitals = {
        hasBeenStandby: role === 'replica',
        ills: 0,
        inHotStandby: role === 'replica',
        isServing: true,
        isWarm: true,
        lagMs: role === 'replica' ? 0 : undefined,
        load: 0,
        systemIdentifier: undefined,
        ...vitals,
      }
      group.add({ name, role, pool, vitals: fake })
      return fake
    },
    replicas: (count = 1) => Array.from({ length: count }, () => group.replica()?.name),
    primary: () => group.primary()?.name,
    remove(name) {
      const pool = pools.get(name)
      if (pool !== undefined) group.remove(pool)
    },
  }
}
